/** A process that may open no more files says so and lives: of what it starts, Node makes not even the pipes. */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'

const at = (file: string) => JSON.stringify(fileURLToPath(new URL(file, import.meta.url)))

const program = `
import { openSync } from 'node:fs'
const { runBatch } = await import(${at('station-batch.ts')})
const { runIp } = await import(${at('ip.ts')})
const { loadInChild } = await import(${at('nft-child.ts')})
const { NetlinkSocket } = await import(${at('netlink-socket.ts')})
const { toFault } = await import(${at('../edge/control/refusal.ts')})
const { faultOf } = await import(${at('../cli/failure.ts')})
try { for (;;) openSync('/dev/null') } catch {}
const said = {}
const attempt = async (name, work) => {
  try { await work(); said[name] = 'it worked' } catch (error) { said[name] = (error.code ?? error.name) + ' ' + error.message }
}
await attempt('ip', () => runIp(['link']))
await attempt('batch', () => runBatch('ip', ['link show']))
await attempt('batch that tidies', () => runBatch('ip', ['link show'], { force: true }))
await attempt('rules', () => loadInChild(['list tables\\n']))
await attempt('netlink', () => new NetlinkSocket({ protocol: 0 }))
await attempt('order', () => { try { openSync('/dev/null') } catch (error) { throw toFault(error) } })
await attempt('command', () => { try { openSync('/dev/null') } catch (error) { throw faultOf(error, []) } })
console.log(JSON.stringify(said))
`

test('what needs a file is refused by one that may open none, with what is missing', () => {
  const limited = 'ulimit -n 64; exec "$@"'
  const node = [process.execPath, '--disable-warning=ExperimentalWarning', '--input-type=module', '-e', program]
  const { status, stdout, stderr } = spawnSync('sh', ['-c', limited, 'sh', ...node], { encoding: 'utf8' })
  assert.equal(status, 0, stderr)
  const said: unknown = JSON.parse(stdout)
  const lack = 'this process may open no more files (EMFILE).'
  assert.deepEqual(said, {
    ip: `resources-exhausted spawn ip: ${lack}`,
    batch: `resources-exhausted spawn ip: ${lack}`,
    'batch that tidies': `resources-exhausted spawn ip: ${lack}`,
    rules: `resources-exhausted spawn ${process.execPath}: ${lack}`,
    netlink: `resources-exhausted socket(AF_NETLINK): ${lack}`,
    order: `resources-exhausted open /dev/null: ${lack}`,
    command: `resources-exhausted open /dev/null: ${lack}`,
  })
})
