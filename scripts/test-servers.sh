#!/usr/bin/env bash
# Gets what the tests run against: programs by apt, and Asterisk 22 and 16 as folders in a cache.
#
# Usage: scripts/test-servers.sh
# In:    RINGBACK_TEST_CACHE    the cache (else /var/cache/ringback as root, ~/.cache/ringback)
#        RINGBACK_TEST_DEBIAN_MIRROR a Debian mirror, where apt itself knows none (Ubuntu)
# Out:   CACHE/asterisk-SUITE, read by tests/asterisk/install.py; exit 1 and one line on trouble.
#
# No one release of Debian carries both versions, so each is debootstrapped from the release that
# does, by the mirror, proxy and keys that apt has on this machine. A build happens beside its final
# name and is renamed when Asterisk has started in it: a folder that is there is whole.
set -euo pipefail
shopt -s nullglob

KEYRING=/usr/share/keyrings/debian-archive-keyring.gpg
MOST_S=900 # a build takes a minute; a mirror that hangs must not hang us

if [[ $EUID -eq 0 ]]; then
    AS_ROOT=()
    CACHE=${RINGBACK_TEST_CACHE:-/var/cache/ringback}
else
    AS_ROOT=(sudo)
    CACHE=${RINGBACK_TEST_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/ringback}
fi
WORK="" BUILDER="" # the build under way and its process, removed however we end

say() { printf 'test-servers: %s\n' "$*"; }
loud() { printf 'test-servers: !!! %s\n' "$*" >&2; }
die() { loud "$*"; exit 1; }

# --- programs -------------------------------------------------------------------------------------

have() { # whether one of the programs is here, also where only root looks
    local program
    for program in "$@"; do PATH=$PATH:/usr/sbin:/sbin type -P "$program" >/dev/null && return; done
    return 1
}

missing_packages() {
    have debootstrap || echo debootstrap
    have sipp || echo sip-tester
    have mosquitto || echo mosquitto
    have bearerbox || echo kannel
    [[ -x /usr/lib/kannel/test/fakesmsc ]] || echo kannel-extras
    have gammu || echo gammu
    have gammu-smsd || echo gammu-smsd
    have wrk || echo wrk
    have chromium chromium-browser google-chrome google-chrome-stable || echo chromium
    compgen -G '/usr/lib/postgresql/*/bin/initdb' >/dev/null || echo postgresql
    compgen -G '/usr/lib/*/libatomic.so.1' >/dev/null || echo libatomic1 # for Playwright's driver
    [[ -e $KEYRING ]] || echo debian-archive-keyring
}

APT_UPDATED=""
apt_update() {
    [[ -z $APT_UPDATED ]] || return 0
    APT_UPDATED=yes
    say "apt-get update"
    "${AS_ROOT[@]}" apt-get -qq update || loud "apt-get update had trouble; going on with the lists that are here."
}

may_become_root() {
    [[ $EUID -eq 0 ]] || have sudo || die "Installing needs root, and sudo is not here; run this script as root once."
}

# Kannel as it is packaged opens a gateway with a known password; the tests start servers of their own.
POLICY=/usr/sbin/policy-rc.d OUR_POLICY=""
start_no_daemons() { # what apt asks before it starts one
    [[ ! -e $POLICY ]] || return 0
    OUR_POLICY=yes
    printf '#!/bin/sh\nexit 101\n' | "${AS_ROOT[@]}" tee "$POLICY" >/dev/null
    "${AS_ROOT[@]}" chmod 755 "$POLICY"
}

nor_at_boot() { # PACKAGE
    case $1 in kannel | gammu-smsd) "${AS_ROOT[@]}" update-rc.d "$1" disable >/dev/null 2>&1 || true ;; esac
}

install_programs() {
    local packages package
    mapfile -t packages < <(missing_packages)
    [[ ${#packages[@]} -gt 0 ]] || return 0
    may_become_root
    apt_update
    start_no_daemons
    for package in "${packages[@]}"; do
        say "installing $package"
        "${AS_ROOT[@]}" env DEBIAN_FRONTEND=noninteractive \
            apt-get -qq install --yes --no-install-recommends "$package" >"$LOG" 2>&1 9>&- || { # a daemon that apt starts must not inherit our lock
            tail -n 5 "$LOG" >&2
            die "apt-get could not install $package; install it by hand and run this again."
        }
        nor_at_boot "$package"
    done
    mapfile -t packages < <(missing_packages) # a package may be a shell without the program
    [[ ${#packages[@]} -eq 0 ]] || die "Still missing after the installation: ${packages[*]}; install what these give by hand."
}

# --- apt's own mirror and proxy -------------------------------------------------------------------

resolved() { # a mirror list (mirror+file:…) gives its first entry; what debootstrap can't read, nothing
    case $1 in
        mirror+file:* | mirror:/*) grep -om1 'https\?://[^[:space:]]*' "${1#mirror*:}" ;;
        http://* | https://* | file:*) echo "$1" ;;
    esac
}

# Asking apt instead of reading its files: it knows .list and .sources alike. The release files
# of the lists tell whose mirror it is, whatever its address.
mirror_of() { # ORIGIN -> address
    local uri
    # shellcheck disable=SC2016  # apt fills these in
    apt-get indextargets --format '$(ORIGIN)|$(LABEL)|$(REPO_URI)' 'Created-By: Packages' |
        awk -F'|' -v origin="$1" '$1 == origin && $2 == origin { print $3 }' | sort -u |
        while read -r uri; do resolved "$uri"; done | head -n 1
}

mirror() { # ORIGIN -> address, with fresh lists if there were none
    local found
    if [[ $1 == Debian && -n ${RINGBACK_TEST_DEBIAN_MIRROR:-} ]]; then echo "$RINGBACK_TEST_DEBIAN_MIRROR"; return; fi
    found=$(mirror_of "$1")
    [[ -n $found ]] || { apt_update >&2; found=$(mirror_of "$1"); }
    echo "$found"
}

use_apts_proxy() { # MIRROR: debootstrap loads with wget, which reads these variables
    local scheme=${1%%://*} host proxy PROXY=""
    host=${1#*://} host=${host%%/*} host=${host##*@} host=${host%%:*}
    eval "$(apt-config shell PROXY "Acquire::$scheme::Proxy" PROXY "Acquire::$scheme::Proxy::$host")"
    proxy=$PROXY
    if [[ -z $proxy ]]; then
        eval "$(apt-config shell PROXY Acquire::http::Proxy-Auto-Detect PROXY Acquire::http::ProxyAutoDetect)"
        [[ -z $PROXY ]] || proxy=$($PROXY "$1" || true)
    fi
    case $proxy in
        "") ;;
        DIRECT) export no_proxy="$host${no_proxy:+,$no_proxy}" ;;
        *) export "${scheme}_proxy=$proxy" ;;
    esac
}

# --- Asterisk -------------------------------------------------------------------------------------

runs() { # DIR: says the version of its Asterisk, started by the folder's own loader, or fails
    local loaders=("$1"/usr/lib/*-linux-gnu*/ld-linux*.so.*)
    [[ ${#loaders[@]} -gt 0 ]] || return 1
    "${loaders[0]}" --library-path "$(dirname "${loaders[0]}"):$1/usr/lib" "$1/usr/sbin/asterisk" -V 2>/dev/null
}

whole() { # DIR: runs, and has voicemail, a package of its own in older releases
    runs "$1" >/dev/null &&
        [[ -n $(compgen -G "$1/usr/lib/asterisk/modules/app_voicemail.so" ||
            compgen -G "$1/usr/lib/*/asterisk/modules/app_voicemail.so") ]]
}

remove() { # a build that may still have mounts in it, which must not be emptied
    local mount
    [[ -n $1 && -e $1 ]] || return 0
    awk -v dir="$1/" 'index($2, dir) == 1 { print $2 }' /proc/mounts | sort -r |
        while read -r mount; do "${AS_ROOT[@]}" umount "$mount" || true; done
    "${AS_ROOT[@]}" rm -rf --one-file-system "$1"
}

build() { # SUITE MIRROR PACKAGES COMPONENTS KEYRING
    local suite=$1 mirror=$2 packages=$3 components=$4 keyring=$5 final=$CACHE/asterisk-$1
    say "building Asterisk from $suite (about a minute)"
    WORK=$(mktemp -d "$CACHE/.build.$suite.XXXXXX")
    use_apts_proxy "$mirror"
    "${AS_ROOT[@]}" env http_proxy="${http_proxy:-}" https_proxy="${https_proxy:-}" no_proxy="${no_proxy:-}" \
        timeout "$MOST_S" debootstrap --variant=minbase --keyring="$keyring" --components="$components" \
        --include="$packages" "$suite" "$WORK" "$mirror" >"$LOG" 2>&1 &
    BUILDER=$! # in the background, for bash answers signals while it waits, not while it runs
    if ! wait "$BUILDER"; then
        BUILDER=""
        loud "debootstrap of $suite failed: $(grep -E '^[EW]: ' "$LOG" | tail -n 1)"
        remove "$WORK"
        return 1
    fi
    BUILDER=""
    if ! whole "$WORK"; then
        loud "The Asterisk of $suite was installed but does not start, or has no voicemail."
        remove "$WORK"
        return 1
    fi
    "${AS_ROOT[@]}" find "$WORK/var/cache/apt" "$WORK/var/lib/apt/lists" -type f -delete
    "${AS_ROOT[@]}" chmod 755 "$WORK"
    [[ ! -e $final ]] || "${AS_ROOT[@]}" mv -T "$final" "$CACHE/.build.old.$$" || return 1
    "${AS_ROOT[@]}" mv -T "$WORK" "$final" || return 1
    remove "$CACHE/.build.old.$$"
    say "$(runs "$final") is in $final"
}

from_debian() { # MAJOR SUITE PACKAGES: one of the two versions that the tests want
    local address
    ! whole "$CACHE/asterisk-$2" || return 0
    may_become_root
    address=$(mirror Debian)
    if [[ -z $address ]]; then
        loud "Asterisk $1 comes from Debian, and apt here has no Debian mirror; name one in RINGBACK_TEST_DEBIAN_MIRROR."
        return 1
    fi
    if ! build "$2" "$address" "$3" main "$KEYRING"; then
        runs "$CACHE/asterisk-$2" >/dev/null || return 1
        loud "Going on with the $CACHE/asterisk-$2 that is there, which has no voicemail."
        return 0
    fi
    [[ $(runs "$CACHE/asterisk-$2") == "Asterisk $1."* ]] || loud "Debian's $2 has moved on from Asterisk $1."
}

from_own_release() { # the Asterisk of the release that runs here, when Debian's can't be had
    local id origin suite components=main keyring=$KEYRING address
    id=$(. /etc/os-release && echo "$ID")
    suite=$(. /etc/os-release && echo "${VERSION_CODENAME:-}")
    case $id in
        ubuntu) origin=Ubuntu components=main,universe keyring=/usr/share/keyrings/ubuntu-archive-keyring.gpg ;;
        debian) origin=Debian ;;
        *) return 1 ;;
    esac
    ! whole "$CACHE/asterisk-$suite" || return 0
    address=$(mirror "$origin")
    [[ -n $suite && -n $address ]] && build "$suite" "$address" asterisk "$components" "$keyring"
}

asterisks() {
    local missing=() stand_in=""
    from_debian 22 sid asterisk || missing+=(22)
    from_debian 16 bullseye asterisk,asterisk-voicemail || missing+=(16)
    [[ ${#missing[@]} -gt 0 ]] || return 0
    if have asterisk; then
        stand_in=$(PATH=$PATH:/usr/sbin:/sbin asterisk -V)
    elif [[ ${#missing[@]} -eq 2 ]] && from_own_release; then
        stand_in="the Asterisk of this release"
    fi
    loud "Asterisk ${missing[*]} could not be had${stand_in:+; $stand_in stands in}."
    [[ ${#missing[@]} -lt 2 || -n $stand_in ]] || die "There is no Asterisk at all, so the tests can't run; see the lines above."
}

clean_up() {
    if [[ -n $BUILDER ]]; then
        "${AS_ROOT[@]}" kill "$BUILDER" 2>/dev/null || true
        wait "$BUILDER" || true
    fi
    remove "$WORK"
    [[ -z $OUR_POLICY ]] || "${AS_ROOT[@]}" rm -f "$POLICY"
    rm -f "$LOG"
}

mkdir -p "$CACHE" || die "The cache folder $CACHE can't be made; set RINGBACK_TEST_CACHE to one that can."
exec 9>"$CACHE/.lock"
flock -w 1800 9 || die "Another run has held $CACHE/.lock for half an hour; see what it does."
LOG=$(mktemp)
trap clean_up EXIT
trap 'exit 130' INT TERM HUP
for stale in "$CACHE"/.build.*; do remove "$stale"; done # from a run that was killed

install_programs
asterisks
say "ready ($CACHE)"
