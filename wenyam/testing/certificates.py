"""A small certificate authority for tests and the lab, made with the openssl program."""

import subprocess
from pathlib import Path

OPENSSL = "/usr/bin/openssl"
_LONG_AGO, _ENDED = "20200101000000Z", "20210101000000Z"


class TestAuthority:
    """Signs certificates in one directory; `certificate` is what a client must trust."""

    __test__ = False  # pytest collects every class whose name begins with Test

    def __init__(self, directory: Path) -> None:
        """Make the authority's key and certificate, unless the directory already holds them."""
        self.directory = directory
        self.directory.mkdir(parents=True, exist_ok=True)
        self.certificate = directory / "authority.pem"
        self._key = directory / "authority.key"
        if not self.certificate.exists():
            self._make_authority()

    def issue(self, name: str, *names: str, days: int = 90, ended: bool = False) -> tuple[Path, Path]:
        """Sign a certificate for these host names and addresses; return (certificate with chain, key)."""
        key, request, bare = (self.directory / f"{name}.{ending}" for ending in ("key", "csr", "crt"))
        _openssl("req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-keyout", str(key), "-out",
                 str(request), "-subj", f"/CN={names[0] if names else name}")  # fmt: skip
        extensions = self.directory / f"{name}.ext"
        extensions.write_text(_server_extensions(names), encoding="ascii")
        lifetime = ["-startdate", _LONG_AGO, "-enddate", _ENDED] if ended else ["-days", str(days)]
        _openssl("ca", "-batch", "-notext", "-config", str(self._configuration()), "-in", str(request), "-out", str(bare),
                 "-extfile", str(extensions), *lifetime)  # fmt: skip
        chain = self.directory / f"{name}.pem"
        chain.write_text(bare.read_text(encoding="ascii") + self.certificate.read_text(encoding="ascii"), encoding="ascii")
        return chain, key

    def self_signed(self, name: str, *names: str) -> tuple[Path, Path]:
        """Make a certificate nobody vouches for; return (certificate, key)."""
        certificate, key = self.directory / f"{name}.pem", self.directory / f"{name}.key"
        _openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "90", "-keyout",
                 str(key), "-out", str(certificate), "-subj", f"/CN={names[0]}", "-addext",
                 f"subjectAltName={_alternatives(names)}")  # fmt: skip
        return certificate, key

    def _make_authority(self) -> None:
        _openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "365",
                 "-keyout", str(self._key), "-out", str(self.certificate), "-subj", "/CN=Wenyam test authority",
                 "-addext", "keyUsage=critical,keyCertSign,cRLSign")  # fmt: skip

    def _configuration(self) -> Path:
        path = self.directory / "authority.cnf"
        if not path.exists():
            (self.directory / "index.txt").touch()
            path.write_text(
                "[ca]\ndefault_ca=here\n[here]\n"
                f"database={self.directory}/index.txt\nnew_certs_dir={self.directory}\nrand_serial=yes\nunique_subject=no\n"
                f"certificate={self.certificate}\nprivate_key={self._key}\ndefault_md=sha256\npolicy=any\n"
                "[any]\ncommonName=supplied\n",
                encoding="utf-8",
            )
        return path


def _server_extensions(names: tuple[str, ...]) -> str:
    return (
        "basicConstraints=CA:FALSE\nkeyUsage=critical,digitalSignature\nextendedKeyUsage=serverAuth\n"
        f"subjectAltName={_alternatives(names)}\nauthorityKeyIdentifier=keyid\nsubjectKeyIdentifier=hash\n"
    )


def _alternatives(names: tuple[str, ...]) -> str:
    return ",".join(f"IP:{name}" if _is_address(name) else f"DNS:{name}" for name in names)


def _is_address(name: str) -> bool:
    return ":" in name or name.replace(".", "").isdigit()


def _openssl(*words: str) -> None:
    subprocess.run([OPENSSL, *words], check=True, stdin=subprocess.DEVNULL, capture_output=True, timeout=60)
