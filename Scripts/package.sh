#!/usr/bin/env bash
# Makes the packages of this machine's architecture in .build/packages: a .tar.gz for any Linux with libcurl, and a
# .deb with user, systemd unit and settings. The program has Swift, SQLite, libyaml and the libraries of C++ and GCC in it;
# the C library, libcurl, its TLS and zlib stay the system's, so that their security updates reach it.
#
#   Scripts/package.sh [--test] [--program FILE] [--simulator FILE]
#
# --test: installs, runs, removes and purges the package in a Debian that debootstrap makes, and goes through the steps
#   of Containerfile in another one. Needs root, the network and about two minutes.
# --program, --simulator: built ones, in place of building them.
set -euo pipefail
cd "$(dirname "$0")/.."

fail() { printf 'package: %s\n' "$*" >&2; exit 1; }

is_test=
program=
simulator=
while [ $# -gt 0 ]; do
  case $1 in
    --test) is_test=1; shift ;;
    --program) program=${2:?--program needs a file}; shift 2 ;;
    --simulator) simulator=${2:?--simulator needs a file}; shift 2 ;;
    *) echo "package: unknown argument '$1'; expected [--test] [--program FILE] [--simulator FILE]" >&2; exit 64 ;;
  esac
done
[ "$(uname)" = Linux ] || fail "packages are made on Linux"
command -v dpkg-deb >/dev/null || fail "there is no dpkg-deb; packages are made on Debian or Ubuntu"

work=$(mktemp -d)
serving=
finish() {
  if [ -n "$serving" ]; then
    kill "$serving" 2>/dev/null || true
    wait "$serving" 2>/dev/null || true
  fi
  rm -rf "$work"
}
trap finish EXIT

stage() { printf '== %s (%s)\n' "$1" "$(date +%H:%M:%S)"; }

build() {
  stage "build"
  Scripts/setup.sh
  # The linker takes a static library where it finds nothing else in the first folder that it looks at. pkg-config names
  # the system's folder before that, although the linker looks there anyway: copies of its files do not.
  local name file
  mkdir -p "$work/static" "$work/pkgconfig"
  for name in libsqlite3.a libyaml.a libstdc++.a libgcc_eh.a; do
    file=$(cc -print-file-name="$name" 2>/dev/null || clang -print-file-name="$name")
    [ -f "$file" ] || fail "there is no $name; install libsqlite3-dev, libyaml-dev and g++"
    ln -s "$(readlink -f "$file")" "$work/static/$name"
  done
  # The half of libgcc_s that programs use; so called, since the compiler asks for that name.
  mv "$work/static/libgcc_eh.a" "$work/static/libgcc_s.a"
  for name in libcurl sqlite3 yaml-0.1 zlib; do
    sed '/^Libs/s/-L[^ ]*//g' "$(pkg-config --variable=pcfiledir "$name")/$name.pc" >"$work/pkgconfig/$name.pc"
  done
  # Its own folder: the options are others than those of the build for tests.
  local options=(-c release --product catalog-crawler --static-swift-stdlib --disable-local-rpath --scratch-path .build/package)
  PKG_CONFIG_PATH=$work/pkgconfig swift build "${options[@]}" -Xlinker "-L$work/static" >&2
  program=$(swift build "${options[@]}" --show-bin-path)/catalog-crawler
  # What must not be missed elsewhere.
  if objdump -p "$program" | grep -E 'NEEDED.*(sqlite|yaml|swift|stdc|gcc)'; then fail "these were to be in the program"; fi
}

# What is in both packages, below a prefix.
lay_out() {
  local root=$1
  install -D -m 755 "$program" "$root/bin/catalog-crawler"
  strip "$root/bin/catalog-crawler"
  mkdir -p "$root/share/man/man1" "$root/share/bash-completion/completions" "$root/share/zsh/vendor-completions" \
    "$root/share/fish/vendor_completions.d" "$root/share/doc/catalog-crawler"
  "$program" manual-page >"$work/catalog-crawler.1"
  if command -v mandoc >/dev/null; then mandoc -T lint -W warning "$work/catalog-crawler.1" || fail "the manual page is not in order"; fi
  gzip -9nc "$work/catalog-crawler.1" >"$root/share/man/man1/catalog-crawler.1.gz"
  "$program" completions bash >"$root/share/bash-completion/completions/catalog-crawler"
  "$program" completions zsh >"$root/share/zsh/vendor-completions/_catalog-crawler"
  "$program" completions fish >"$root/share/fish/vendor_completions.d/catalog-crawler.fish"
  # Messages name pages below docs/, and the README leads to them.
  mkdir "$root/share/doc/catalog-crawler/docs"
  cp README.md LICENSE "$root/share/doc/catalog-crawler/"
  cp docs/*.md "$root/share/doc/catalog-crawler/docs/"
  cp -R Examples "$root/share/doc/catalog-crawler/"
  "$program" settings schema >"$root/share/doc/catalog-crawler/app-config.schema.json"
}

# The packages that the program's libraries are in.
dependencies() {
  local library
  ldd "$1" | sed -n 's|.* => \(/[^ ]*\).*|\1|p' | while read -r library; do
    # Merged /usr: the list of files may have the other name of the same file.
    dpkg-query -S "$(readlink -f "$library")" 2>/dev/null || dpkg-query -S "$library" 2>/dev/null ||
      dpkg-query -S "/usr$library" 2>/dev/null || true
  done | sed 's/:.*//' | sort -u >"$work/packages"
  local names=() name direct
  # Only those that the program itself names: the others come with them.
  direct=$(objdump -p "$1" | sed -n 's/^ *NEEDED *//p')
  while read -r name; do
    if dpkg-query -L "$name" | sed 's|.*/||' | grep -qxF "$direct"; then names+=("$name"); fi
  done <"$work/packages"
  # The C library is that of this machine or newer.
  printf '%s\n' "${names[@]}" | sed "s/^libc6\$/libc6 (>= $(dpkg-query -W -f '${Version}' libc6 | sed 's/-.*//'))/" |
    paste -sd, | sed 's/,/, /g'
}

make_packages() {
  stage "packages"
  version=$("$program" --version)
  architecture=$(dpkg --print-architecture)
  packages=.build/packages
  rm -rf "$packages"
  mkdir -p "$packages"

  local name=catalog-crawler-$version-linux-$(uname -m)
  lay_out "$work/$name"
  cp Scripts/package/app-config.yaml "$work/$name/share/doc/catalog-crawler/app-config.example.yaml"
  tar -C "$work" --owner=0 --group=0 --sort=name -czf "$packages/$name.tar.gz" "$name"
  archive=$packages/$name.tar.gz

  local root=$work/deb
  lay_out "$root/usr"
  install -D -m 644 Scripts/package/catalog-crawler.service "$root/lib/systemd/system/catalog-crawler.service"
  install -D -m 640 Scripts/package/app-config.yaml "$root/etc/catalog-crawler/app-config.yaml"
  install -D -m 640 Scripts/package/environment "$root/etc/catalog-crawler/environment"
  mv "$root/usr/share/doc/catalog-crawler/LICENSE" "$root/usr/share/doc/catalog-crawler/copyright"
  mkdir "$root/DEBIAN"
  local script
  for script in postinst prerm postrm; do install -m 755 "Scripts/package/$script" "$root/DEBIAN/$script"; done
  printf '/etc/catalog-crawler/%s\n' app-config.yaml environment >"$root/DEBIAN/conffiles"
  cat >"$root/DEBIAN/control" <<CONTROL
Package: catalog-crawler
Version: $version
Architecture: $architecture
Maintainer: catalog-crawler <catalog-crawler@localhost>
Installed-Size: $(du -sk "$root/usr" | cut -f1)
Depends: $(dependencies "$root/usr/bin/catalog-crawler"), adduser, ca-certificates
Section: utils
Priority: optional
Description: reads a company's software catalog out of Azure DevOps
 Visits the git repositories of every configured Azure DevOps organization, reads
 Backstage's catalog files and keeps the entities in one SQLite database.
CONTROL
  deb=$packages/catalog-crawler_${version}_$architecture.deb
  dpkg-deb --root-owner-group -Zgzip --build "$root" "$deb" >/dev/null
  # The name that Containerfile knows.
  ln -f "$deb" "$packages/catalog-crawler.deb"
  ls -l "$packages"
  dpkg-deb -f "$deb" Depends
}

# --- Tests -------------------------------------------------------------------------------------------------------------

check() {
  if [ "$2" = "$3" ]; then echo "ok    $1"; else fail "$1: expected '$3', got '$2'"; fi
}

# Runs a command in a Debian of ours.
inside() {
  local root=$1
  shift
  # A Swift program learns of its arguments from /proc; the mount is gone with the command.
  unshare --mount sh -c 'mount -t proc proc "$0/proc" && exec chroot "$0" "$@"' "$root" /usr/bin/env -i PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin \
    DEBIAN_FRONTEND=noninteractive LC_ALL=C.UTF-8 CONTOSO_TOKEN=contoso-demo-token \
    APP_CONFIG_crawler_listen=127.0.0.1:0 "APP_CONFIG_crawler_endpoints={\"dev.azure.com\":\"$address\"}" "$@"
}

# As the service's user.
as_service() { inside "$1" setpriv --reuid=catalog-crawler --regid=catalog-crawler --init-groups "${@:2}"; }

start_simulator() {
  if [ -z "$simulator" ]; then
    swift build --product azure-simulator >&2
    simulator=$(swift build --show-bin-path)/azure-simulator
  fi
  : >"$work/simulator.log"
  "$simulator" --port 0 --world Scripts/demo/world >"$work/simulator.log" 2>&1 &
  serving=$!
  address=
  for _ in $(seq 100); do
    address=$(sed -n 's|^azure-simulator: serving on \(http://.*\)|\1|p' "$work/simulator.log")
    [ -n "$address" ] && return
    kill -0 "$serving" 2>/dev/null || break
    sleep 0.1
  done
  cat "$work/simulator.log" >&2
  fail "the simulator did not start"
}

make_debian() {
  stage "debootstrap"
  command -v debootstrap >/dev/null ||
    { apt-get update -qq && apt-get install -y -qq --no-install-recommends debootstrap >/dev/null; } ||
    fail "needs debootstrap"
  local suite
  suite=$(. /etc/os-release && echo "$VERSION_CODENAME")
  debootstrap --variant=minbase "$suite" "$work/pristine" >"$work/debootstrap.log" 2>&1 ||
    { tail -n 20 "$work/debootstrap.log" >&2; fail "debootstrap failed"; }
  cp /etc/resolv.conf "$work/pristine/etc/"
}

write_settings() {
  cat >>"$1/etc/catalog-crawler/app-config.yaml" <<'YAML'

integrations:
  azure:
    - host: dev.azure.com
      credentials:
        - organizations: [contoso]
          personalAccessToken: ${CONTOSO_TOKEN}
YAML
}

settings=/etc/catalog-crawler/app-config.yaml

# What the unit starts: it answers, and ends when it is asked to.
test_service() {
  local root=$1 log=$work/serve.log base= code=0
  : >"$log"
  # The last of these replaces the others, so that it is what is asked to end.
  as_service "$root" sh -c 'echo $$; exec catalog-crawler serve --no-schedule --config "$0"' "$settings" >"$log" 2>&1 &
  local running=$!
  for _ in $(seq 100); do
    base=$(sed -n 's|^listening on \(http://.*\)|\1|p' "$log")
    [ -n "$base" ] && break
    sleep 0.1
  done
  [ -n "$base" ] || { cat "$log" >&2; fail "the service does not start"; }
  check "the service answers" "$(curl -sf "$base/readyz" -o /dev/null -w '%{http_code}')" 200
  check "it has the catalog" "$(curl -sf "$base/api/catalog/entities?filter=kind=domain&fields=kind" | grep -c Domain)" 1
  kill "$(head -n 1 "$log")"
  wait "$running" || code=$?
  check "it ends when it is asked to" "$code" 0
}

# The archive runs from anywhere; the package installs, runs, keeps what people changed, and goes without a trace.
test_packages() {
  stage "install"
  local root=$work/installed
  cp -a "$work/pristine" "$root"
  cp "$deb" "$archive" "$root/root/"
  inside "$root" find / -xdev -path /proc -prune -o -path /var -prune -o -print | sort >"$work/before"
  inside "$root" sh -c 'apt-get update -qq && apt-get install -y -qq --no-install-recommends /root/*.deb' \
    >"$work/install.log" 2>&1 || { tail -n 30 "$work/install.log" >&2; fail "the package does not install"; }

  stage "run"
  check "the program starts" "$(inside "$root" catalog-crawler --version)" "$version"
  check "SQLite and libyaml are in it" "$(objdump -p "$root/usr/bin/catalog-crawler" | grep -Ec 'NEEDED.*(sqlite|yaml|swift|stdc|gcc)')" 0
  check "the user is of the system" "$(inside "$root" getent passwd catalog-crawler | cut -d: -f6)" /var/lib/catalog-crawler
  check "its folder is its own" "$(inside "$root" stat -c '%U %a' /var/lib/catalog-crawler)" "catalog-crawler 750"
  check "settings are kept from others" "$(inside "$root" stat -c '%U:%G %a' "$settings")" "root:catalog-crawler 640"
  local file
  for file in /usr/share/man/man1/catalog-crawler.1.gz /usr/share/bash-completion/completions/catalog-crawler \
    /usr/share/zsh/vendor-completions/_catalog-crawler /usr/share/fish/vendor_completions.d/catalog-crawler.fish \
    /lib/systemd/system/catalog-crawler.service; do
    [ -s "$root$file" ] || fail "$file is not there"
  done
  write_settings "$root"
  as_service "$root" catalog-crawler settings check --config "$settings" >/dev/null || fail "the settings cannot be used"
  as_service "$root" catalog-crawler auth check --config "$settings" >/dev/null || fail "auth check fails"
  as_service "$root" catalog-crawler sync --config "$settings" --quiet || fail "sync fails"
  check "the database is where it belongs" "$(inside "$root" stat -c '%U' /var/lib/catalog-crawler/catalog.sqlite)" \
    catalog-crawler
  as_service "$root" catalog-crawler doctor --config "$settings" | tee "$work/doctor" | tail -n 1
  grep -q '^0 problems' "$work/doctor" || { cat "$work/doctor"; fail "doctor finds problems"; }
  test_service "$root"
  check "bash completes it" "$(inside "$root" bash -c '. /usr/share/bash-completion/completions/catalog-crawler && complete -p catalog-crawler' | grep -c catalog-crawler)" 1
  inside "$root" sh -c 'cd /root && tar xzf *.tar.gz && cd catalog-crawler-*/ && printf "kind: x\n" >catalog-info.yaml &&
    ! ./bin/catalog-crawler validate >/dev/null' || fail "the archive's program does not validate"

  stage "install again, remove, purge"
  inside "$root" sh -c 'dpkg -i --force-confold /root/*.deb' >/dev/null 2>&1 || fail "it does not install again"
  inside "$root" grep -q contoso "$settings" || fail "changed settings were written over"
  inside "$root" sh -c 'rm -rf /root/catalog-crawler-*/; apt-get remove -y -qq catalog-crawler' >/dev/null 2>&1
  [ ! -e "$root/usr/bin/catalog-crawler" ] || fail "the program stays after remove"
  [ -e "$root$settings" ] && [ -e "$root/var/lib/catalog-crawler/catalog.sqlite" ] || fail "remove takes too much"
  inside "$root" apt-get purge -y -qq catalog-crawler >/dev/null 2>&1
  [ ! -e "$root/var/lib/catalog-crawler" ] || fail "the database stays after purge"
  ! inside "$root" getent passwd catalog-crawler >/dev/null || fail "the user stays after purge"
  check "nothing of ours stays after purge" \
    "$(inside "$root" find / -xdev -path /proc -prune -o -path /root -prune -o -name '*catalog-crawler*' -print |
      grep -v -e ^/var/log -e ^/var/cache || true)" ""
}

# The steps of Containerfile, run in a folder.
test_container() {
  stage "Containerfile"
  local root=$work/container user=root folder=/ entry=() line
  cp -a "$work/pristine" "$root"
  while IFS= read -r line; do
    case $line in
      '' | '#'* | EXPOSE* | VOLUME* | CMD*) ;;
      FROM*) case $line in *debian:"$(. /etc/os-release && echo "$VERSION_CODENAME")"*) ;; *) fail "another $line" ;; esac ;;
      COPY*) read -r _ from to <<<"$line" && cp ".build/packages/$from" "$root$to" ;;
      RUN*) inside "$root" sh -c "${line#RUN }" >"$work/run.log" 2>&1 || { tail -n 20 "$work/run.log" >&2; fail "$line"; } ;;
      USER*) user=${line#USER } ;;
      WORKDIR*) folder=${line#WORKDIR } ;;
      ENTRYPOINT*) mapfile -t entry < <(printf '%s' "${line#ENTRYPOINT }" | tr -d '[]"' | tr ',' '\n' | sed 's/^ *//') ;;
      *) fail "Containerfile has a step that is not known here: $line" ;;
    esac
  done <Containerfile
  write_settings "$root"
  container() { inside "$root" setpriv --reuid="$user" --regid="$user" --init-groups sh -c "cd $folder && exec \"\$0\" \"\$@\"" "${entry[@]}" "$@"; }
  check "the image's program starts" "$(container --version)" "$version"
  container sync --config "$settings" --quiet || fail "sync fails in the image"
  check "the image's database is the user's" "$(inside "$root" stat -c '%U' /var/lib/catalog-crawler/catalog.sqlite)" "$user"
}

[ -n "$program" ] || build
make_packages
if [ -n "$is_test" ]; then
  [ "$(id -u)" -eq 0 ] || fail "--test needs root, for chroot"
  start_simulator
  make_debian
  test_packages
  test_container
fi
stage "done"
