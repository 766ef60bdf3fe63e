/**
 * Process of its own, started by the edge: `node src/decoy/write-cache.ts FOLDER USER`. Writes what Node compiles of the host's sources
 * into a folder that the host's user may read, because that user may write nothing. It is told nothing and hears nobody.
 *
 * A file beside it says of which sources and for which Node it is: edge/decoys/host-cache.ts.
 */
import { chmodSync, mkdirSync, readdirSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { enableCompileCache, flushCompileCache, getCompileCacheDir, registerHooks } from 'node:module'
import { basename, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const [folder = '', user = ''] = process.argv.slice(2)
const draft = join(folder, `draft-${process.pid}`)

const sources = new Set<string>()
registerHooks({
  load: (url, context, next) => {
    if (url.startsWith('file:')) sources.add(fileURLToPath(url))
    return next(url, context)
  },
})

mkdirSync(draft, { recursive: true, mode: 0o700 })
try {
  enableCompileCache(draft)
  await import('./host/parts.ts')
  await import('./host/run.ts')
  flushCompileCache()
  const written = getCompileCacheDir()
  if (written === undefined) throw new Error('Node keeps nothing here.')
  for (const name of readdirSync(written)) chmodSync(join(written, name), 0o644)
  chmodSync(written, 0o755)
  // Node has a folder for each version, and in its name the user whose it is.
  const kept = join(folder, basename(written).replace(/-\d+$/, `-${user}`))
  rmSync(kept, { recursive: true, force: true })
  renameSync(written, kept)
  const files = [...sources].map((path) => [path, statSync(path).mtimeMs] as const)
  const note = { node: [process.version, ...process.execArgv].join(' '), files }
  writeFileSync(join(draft, 'note'), JSON.stringify(note), { mode: 0o600 })
  renameSync(join(draft, 'note'), join(folder, 'note.json'))
} finally {
  rmSync(draft, { recursive: true, force: true })
}
