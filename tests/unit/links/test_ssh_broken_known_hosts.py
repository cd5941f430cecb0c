"""A known-hosts file that somebody damaged stops the login with a sentence, and works again once mended."""

from pathlib import Path

import paramiko
import pytest

from wenyam.errors import HostKeyUnknownError
from wenyam.links.ssh_host_keys import KnownHosts, known_hosts_line


def test_a_line_that_holds_no_key_is_named_and_a_mended_file_is_read_again(tmp_path: Path) -> None:
    path, key = tmp_path / "known_hosts", paramiko.RSAKey.generate(2048)
    path.write_text("192.0.2.1 ssh-rsa !!!not-base64\n", encoding="ascii")
    known = KnownHosts(str(path))
    with pytest.raises(
        HostKeyUnknownError, match=r"known_hosts has a line that holds no key: '192\.0\.2\.1 ssh-rsa !!!not-base64'"
    ):
        known.verify("192.0.2.1", 22, key)
    path.write_text(known_hosts_line("192.0.2.1", 22, key) + "\n", encoding="ascii")
    known.verify("192.0.2.1", 22, key)
