#!/usr/bin/env bash
# WebGPU with shader-f16 in Debian's Chromium on a machine without a GPU.
#
#   scripts/webgpu/setup.sh [FOLDER]   FOLDER defaults to ~/.cache/shardlight-webgpu
#
# Chromium accepts a CPU as a WebGPU adapter only if it looks like its own SwiftShader, which is slow
# and has no shader-f16. So a small Vulkan layer gives Mesa's lavapipe SwiftShader's ids, and a copy of
# Chromium's folder without SwiftShader keeps the real one out of the way.
#
# Installs Chromium and Mesa with apt (root, or sudo without a password), then fills FOLDER with
#   chromium/   Chromium's folder without SwiftShader (symlinks and the binary)
#   layer/      the Vulkan layer, built from adapter-layer.c beside this script
#   env.json    CHROME_PATH and the VK_* variables that Chromium needs
#   flags.json  the command line switches
# Instant when nothing has changed, so it can run before every test.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
folder=${1:-${SHARDLIGHT_WEBGPU_DIR:-$HOME/.cache/shardlight-webgpu}}
mkdir -p "$folder"
folder=$(cd "$folder" && pwd)
stock=/usr/lib/chromium
lavapipe=/usr/share/vulkan/icd.d/lvp_icd.json
min_mesa=25.0 # tried with 25.0.7; Debian 12 itself has 22.3, its backports have 25

die() {
	echo "setup:browser: $*" >&2
	exit 1
}
version() { dpkg-query -W -f '${Version}' "$1" 2>/dev/null || true; }
stamp() {
	echo "$(cat "$here/setup.sh" "$here/adapter-layer.c" | cksum)" \
		"chromium $(version chromium)" "mesa $(version mesa-vulkan-drivers)"
}
report() {
	echo "Chromium $(version chromium) on Mesa $(version mesa-vulkan-drivers) (software WebGPU) is ready in $folder"
}

command -v apt-get >/dev/null || die "needs Debian 12 or later; elsewhere install Chrome and use its GPU"
[ "$(dpkg --print-architecture)" = amd64 ] || die "the software GPU was only tried on amd64"

exec 9>"$folder/.lock"
flock 9 # two test runs may start at once
if [ -x "$folder/chromium/chromium" ] && [ "$(cat "$folder/.stamp" 2>/dev/null)" = "$(stamp)" ]; then
	report
	exit 0
fi

# --- packages -------------------------------------------------------------------------------------
log=$folder/setup.log
: >"$log"
as_root() { if [ "$(id -u)" = 0 ]; then "$@"; else sudo -n "$@"; fi; }
quiet() {
	"$@" >>"$log" 2>&1 && return
	tail -n 20 "$log" >&2
	die "failed: $* (all of its output: $log)"
}
apt_get() { quiet as_root env DEBIAN_FRONTEND=noninteractive apt-get -qq -o Dpkg::Use-Pty=0 "$@"; }
install() { apt_get install -y --no-install-recommends "$@"; }
# The shim stands in for AMD's kernel module: Mesa then compiles for GPUs that are not there (test/drivers).
mesa_ok() { [ -f "$shim" ] && dpkg --compare-versions "$(version mesa-vulkan-drivers)" ge "$min_mesa"; }

packages=()
[ -x $stock/chromium ] || packages+=(chromium)
command -v gcc >/dev/null || packages+=(gcc libc6-dev)
[ -f /usr/include/vulkan/vk_layer.h ] || packages+=(libvulkan-dev)
shim=/usr/lib/x86_64-linux-gnu/libamdgpu_noop_drm_shim.so

if [ ${#packages[@]} -gt 0 ] || ! mesa_ok; then
	[ "$(id -u)" = 0 ] || sudo -n true 2>/dev/null ||
		die "run it once as root (it installs ${packages[*]:-} mesa-vulkan-drivers with apt)"
	echo "Installing Chromium and Mesa's software Vulkan driver with apt (a minute or two)..."
	codename=$(. /etc/os-release && echo "${VERSION_CODENAME:-}")
	if [ "$codename" = bookworm ] && ! grep -rqs bookworm-backports /etc/apt/sources.list \
		/etc/apt/sources.list.d --include='*.list' --include='*.sources'; then
		printf '%s\n' 'Types: deb' 'URIs: http://deb.debian.org/debian' 'Suites: bookworm-backports' \
			'Components: main' 'Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg' |
			as_root tee /etc/apt/sources.list.d/bookworm-backports.sources >/dev/null
	fi
	apt_get update
	[ ${#packages[@]} -eq 0 ] || install "${packages[@]}"
	if ! mesa_ok; then
		if [ "$codename" = bookworm ]; then
			install -t bookworm-backports mesa-vulkan-drivers mesa-drm-shim
		else
			install mesa-vulkan-drivers mesa-drm-shim
		fi
	fi
	mesa_ok || die "mesa-vulkan-drivers $(version mesa-vulkan-drivers) is older than $min_mesa"
fi
[ -f $lavapipe ] || die "$lavapipe is missing"

# --- the layer ------------------------------------------------------------------------------------
mkdir -p "$folder/layer"
quiet gcc -O2 -Wall -shared -fPIC -fvisibility=hidden -pthread \
	-o "$folder/layer/libVkLayer_shardlight_adapter.so" "$here/adapter-layer.c"
cat >"$folder/layer/VkLayer_shardlight_adapter.json" <<'JSON'
{
	"file_format_version": "1.0.0",
	"layer": {
		"name": "VK_LAYER_shardlight_adapter",
		"type": "GLOBAL",
		"library_path": "./libVkLayer_shardlight_adapter.so",
		"api_version": "1.3.230",
		"implementation_version": "1",
		"description": "Reports SwiftShader's ids for CPU devices"
	}
}
JSON

# --- Chromium without its SwiftShader ---------------------------------------------------------------
# Chromium looks for its files beside its binary, so the binary itself must not be a symlink.
rm -rf "$folder/chromium.new"
mkdir "$folder/chromium.new"
for file in "$stock"/*; do
	case ${file##*/} in
	libvk_swiftshader.so* | vk_swiftshader_icd.json) ;;
	chromium) ln "$file" "$folder/chromium.new/" 2>/dev/null || cp "$file" "$folder/chromium.new/" ;;
	*) ln -s "$file" "$folder/chromium.new/" ;;
	esac
done
rm -rf "$folder/chromium"
mv "$folder/chromium.new" "$folder/chromium"

# --- what launch-options.ts reads ---------------------------------------------------------------------
cat >"$folder/env.json" <<JSON
{
	"CHROME_PATH": "$folder/chromium/chromium",
	"VK_DRIVER_FILES": "$lavapipe",
	"VK_ICD_FILENAMES": "$lavapipe",
	"VK_LAYER_PATH": "$folder/layer",
	"VK_INSTANCE_LAYERS": "VK_LAYER_shardlight_adapter"
}
JSON
# No GPU watchdog: LLVM may compile one shader for 25 s.
cat >"$folder/flags.json" <<'JSON'
[
	"--enable-unsafe-webgpu",
	"--disable-gpu-watchdog",
	"--enable-features=Vulkan",
	"--use-vulkan=native",
	"--use-angle=vulkan",
	"--ignore-gpu-blocklist",
	"--disable-vulkan-surface"
]
JSON

stamp >"$folder/.stamp"
report
