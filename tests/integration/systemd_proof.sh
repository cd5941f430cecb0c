# Runs under the systemd of systemd_stage.sh; says what it sees as NAME=VALUE.
say() { printf '%s=%s\n' "$1" "$2"; }
state() { systemctl show "$1" -p "$2" --value; }
wait_for() { # NAME SECONDS COMMAND...: says how the command ended, tried until it succeeds
    local name=$1 left=$2
    shift 2
    until "$@" >/dev/null 2>&1; do
        left=$((left - 1))
        if [ "$left" -le 0 ]; then say "$name" never && return 0; fi
        sleep 1
    done
    say "$name" yes
}
as_watcher() { setpriv --reuid wenyam --regid wenyam --init-groups "$@"; }
is_active() { [ "$(state wenyam ActiveState)" = active ]; } # while it reloads, systemctl is-active says yes too
process_changed() { [ "$(state wenyam MainPID)" != "$process" ] && is_active; }

ip link set lo up
say process_one "$(cat /proc/1/comm)"
systemctl start wenyam
say started "$(state wenyam ActiveState)"
process=$(state wenyam MainPID)
say account "$(ps -o user= -p "$process")"
say capabilities "$(awk '/^CapEff/ {print $2}' "/proc/$process/status")"
say seccomp "$(awk '/^Seccomp:/ {print $2}' "/proc/$process/status")"
say no_new_privileges "$(awk '/^NoNewPrivs/ {print $2}' "/proc/$process/status")"
say socket "$(stat -c '%a %U %G' /run/wenyam/control.sock)"
wait_for device_up 20 sh -c 'setpriv --reuid wenyam --regid wenyam --init-groups wenyam check this-machine'
as_watcher wenyam doctor --json >/output/doctor.json 2>&1
systemctl reload wenyam
say reload $?
wait_for active_after_reload 10 is_active
say after_reload "$(state wenyam ActiveState) $([ "$(state wenyam MainPID)" = "$process" ] && echo same)"
kill -STOP "$process"
wait_for frozen_is_restarted 30 process_changed
say restarts "$(state wenyam NRestarts)"
systemctl start wenyam-jobs
say jobs "$(state wenyam-jobs ActiveState)"
say jobs_account "$(ps -o user= -p "$(state wenyam-jobs MainPID)")"
say jobs_capabilities "$(awk '/^CapEff/ {print $2}' "/proc/$(state wenyam-jobs MainPID)/status")"
systemctl start wenyam-job@retention
say job "$? $(state wenyam-job@retention Result)"
systemctl enable --now wenyam-job@head-export.timer 2>/dev/null
say timer "$(state wenyam-job@head-export.timer ActiveState)"
# A job that loads a scratch router: as the unit is shipped, and with the drop-in for it.
router=/etc/systemd/system/wenyam-job@router.service.d
mkdir -p $router
printf '[Service]\nExecStart=\nExecStart=/opt/wenyam/bin/python /output/router.py\nStandardOutput=append:/output/router-shipped.txt\n' >$router/zz-program.conf
systemctl daemon-reload
systemctl start wenyam-job@router
cp /output/scratch-router.conf $router/
sed -i 's/router-shipped/router-given/' $router/zz-program.conf
systemctl daemon-reload
systemctl start wenyam-job@router
systemctl stop wenyam wenyam-jobs
say stopped "$(state wenyam Result) $(state wenyam ActiveState)"
say run_directory "$([ -e /run/wenyam ] && echo left || echo gone)"
sed -i 's/site: head-office/site: nowhere/' /etc/wenyam/wenyam.yaml
systemctl start wenyam 2>/dev/null
say broken_configuration "$(state wenyam ActiveState) $(state wenyam NRestarts)"
systemctl exit 0
