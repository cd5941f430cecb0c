# Installs into an overlay over this machine's own files and becomes systemd as process 1 of its own namespaces. Nothing outside changes.
# Arguments: work directory, output directory, repository. Run inside unshare, in a control group of its own.
set -eu
work=$1 output=$2 repository=$3
mount -t tmpfs -o mode=755 tmpfs "$work"
mkdir "$work/upper" "$work/scratch" "$work/root"
mount -t overlay overlay -o "lowerdir=/,upperdir=$work/upper,workdir=$work/scratch" "$work/root"
root=$work/root
mkdir -p "$root$repository" "$root/output"
mount --rbind "$repository" "$root$repository"
mount --bind "$output" "$root/output"
mount -t proc proc "$root/proc"
mount --rbind /dev "$root/dev"
mount -t tmpfs -o mode=755 tmpfs "$root/run"
mount -t sysfs sysfs "$root/sys"
mount -t cgroup2 cgroup2 "$root/sys/fs/cgroup"

chroot "$root" "$repository/scripts/install" >"$output/install.txt" 2>&1
chroot "$root" "$repository/scripts/install" >"$output/again.txt" 2>&1
chroot "$root" /usr/local/bin/wenyam --config /etc/wenyam init >"$output/init.txt" 2>&1
chroot "$root" sh -c 'stat -c "%a %U %G %n" /opt/wenyam /etc/wenyam /etc/wenyam/*secrets /etc/wenyam/credentials /var/lib/wenyam; id wenyam; id wenyam-backup' >"$output/owners.txt"

# Only our units and the few targets they name: nothing of this machine is started.
units=$root/usr/lib/systemd/system
rm -rf "${units:?}"/* "$root"/etc/systemd/system/*.wants "$root"/usr/lib/systemd/system-generators
for target in sysinit basic shutdown umount final network-online time-sync timers multi-user; do
    printf '[Unit]\nDefaultDependencies=no\n' >"$units/$target.target"
done
printf '[Unit]\nDefaultDependencies=no\nSuccessAction=exit-force\n[Service]\nType=oneshot\nExecStart=/bin/true\n' >"$units/systemd-exit.service"
printf '[Unit]\nDefaultDependencies=no\nRequires=systemd-exit.service\nAfter=systemd-exit.service\nAllowIsolate=yes\n' >"$units/exit.target"
printf '[Unit]\nDefaultDependencies=no\nWants=proof.service\nAllowIsolate=yes\n' >"$units/proof.target"
printf '[Unit]\nDefaultDependencies=no\n[Service]\nType=oneshot\nTimeoutStartSec=120\nStandardOutput=file:/output/proof.txt\nStandardError=inherit\nExecStart=/bin/bash /output/proof.sh\n' >"$units/proof.service"
for unit in wenyam wenyam-jobs wenyam-job@; do
    mkdir -p "$root/etc/systemd/system/$unit.service.d"
    printf '[Service]\nStandardOutput=append:/output/said.txt\nStandardError=append:/output/said.txt\n' >"$root/etc/systemd/system/$unit.service.d/test.conf"
done
# A fifth of the shipped 30 seconds, so that the test need not wait as long.
printf 'WatchdogSec=6\n' >>"$root/etc/systemd/system/wenyam.service.d/test.conf"
touch "$output/said.txt"
chmod 0666 "$output/said.txt"
# The root is changed by pivot_root and not by chroot alone: in a chroot the kernel lets nobody make a namespace of accounts.
inside='cd "$1"; mkdir -p old; pivot_root . old; exec chroot . /bin/sh -c "umount -l /old; exec /lib/systemd/systemd --unit=proof.target --log-target=console --show-status=no"'
exec unshare --net --mount env -i container=wenyam-test PATH=/usr/sbin:/usr/bin:/sbin:/bin \
    /bin/bash -ec "$inside" - "$root" >"$output/console.txt" 2>&1 </dev/null
