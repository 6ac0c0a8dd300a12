// Installs the pinned dependencies when the lockfile or the platform changed. Plain JavaScript for Node 18+, because it
// runs before the pinned Node exists. Unchanged it costs one hash; a crash half-way leaves no stamp, so it runs again.
const { spawnSync } = require('node:child_process')
const { createHash } = require('node:crypto')
const { existsSync, readFileSync, writeFileSync } = require('node:fs')
const { join } = require('node:path')

const root = join(__dirname, '..')
const stamp = join(root, 'node_modules', '.installed')
const wanted = createHash('sha256')
  .update(readFileSync(join(root, 'package-lock.json')))
  .update(`${process.platform}-${process.arch}`)
  .digest('hex')

if (!existsSync(stamp) || readFileSync(stamp, 'utf8') !== wanted) {
  process.stderr.write('Installing dependencies (once, about 30-60 s) …\n')
  const npm = process.env.npm_execpath
  const [command, args] = npm ? [process.execPath, [npm]] : ['npm', []]
  const done = spawnSync(command, [...args, 'ci', '--loglevel=error', '--no-audit', '--no-fund'], {
    cwd: root,
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  if (done.status !== 0) {
    process.stderr.write(String(done.stdout ?? ''))
    process.stderr.write('npm ci failed: see above; nothing was started.\n')
    process.exit(done.status ?? 1)
  }
  writeFileSync(stamp, wanted)
}
