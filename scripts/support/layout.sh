# Sourced by install and uninstall: where everything goes, and how a step is said and done.
# shellcheck shell=bash
# shellcheck source=scripts/support/setup.sh
. "$(dirname "${BASH_SOURCE[0]}")/setup.sh"

prefix=''
plan=no
program=/opt/wenyam
state=/var/lib/wenyam
configuration=/etc/wenyam
backups=/var/backups/wenyam
unit_directory=/etc/systemd/system
cron_file=/etc/cron.d/wenyam
command_link=/usr/local/bin/wenyam
stamp=.wenyam-installed

# Mode, owner, group and path of every directory; those under /etc and /var outlive an uninstall without --purge.
directories() {
    cat <<END
0755 root root $program
0750 root wenyam $configuration
0700 wenyam wenyam $configuration/secrets
0700 wenyam-backup wenyam $configuration/backup-secrets
0700 root root $configuration/credentials
2770 wenyam wenyam $state
0700 wenyam-backup wenyam $backups
0700 wenyam-backup wenyam $backups/spool
0700 wenyam-backup wenyam $backups/scratch
END
}

# act SENTENCE COMMAND...: says what is done and does it; with --plan it is only said.
act() {
    printf '%s\n' "$1"
    shift
    if [ "$plan" = no ]; then "$@"; fi
}

systemd_runs() { [ -z "$prefix" ] && [ -d /run/systemd/system ]; }

require_root() {
    if [ "$plan" = no ] && [ -z "$prefix" ] && [ "$(id -u)" -ne 0 ]; then
        say "$0: this changes the system and needs root; try --plan to see what it would do, or --prefix DIR for a staged tree"
        exit 2
    fi
}

# The programs' directory is replaced and removed as a whole; a repository kept inside would go with it.
require_own_place() {
    case $repository/ in
        "$prefix$program"/*)
            say "$0: this repository lies in $prefix$program, where the programs go; move it elsewhere first"
            exit 2
            ;;
    esac
}

# absolute DIR: the directory as an absolute path, refused when it is the root itself.
absolute() {
    local path
    path=$(realpath -m -- "$1")
    if [ "$path" = / ]; then
        say "$0: --prefix / is the system itself; leave --prefix out for that"
        exit 2
    fi
    printf '%s\n' "$path"
}
