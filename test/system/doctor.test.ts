/** What `bulkhead edge doctor` says, with a daemon and without. */
import assert from 'node:assert/strict'
import { after, before, it } from 'node:test'
import { fileURLToPath } from 'node:url'
import * as z from 'zod'
import { exitCodes } from '#core/errors.ts'
import { Finding } from '#schema/control.ts'
import { bulkheadAtEdge, type Daemon, startDaemon } from './edge-process.ts'
import { createPlant, edgeName, policyText } from './production/production.ts'
import type { World } from './world/world.ts'

const main = fileURLToPath(new URL('../../src/cli/main.ts', import.meta.url))
let world: World
let daemon: Daemon | undefined
const doctor = async (): Promise<{ code: number | null; findings: Finding[] }> => {
  const { code, stdout } = await bulkheadAtEdge(world, [
    'edge',
    'doctor',
    '--json',
    '--socket',
    daemon?.socket ?? '/run/none.sock',
  ])
  return { code, findings: z.array(Finding).parse(JSON.parse(stdout)) }
}
const bad = (findings: readonly Finding[]) =>
  findings.flatMap(({ id, level }) => (level === 'broken' || level === 'degraded' ? [`${level} ${id}`] : []))
const find = (findings: readonly Finding[], id: string) => findings.find((finding) => finding.id === id)

before(async () => {
  world = await createPlant('doctor')
})
after(async () => {
  await daemon?.stop()
  await world.close()
})

it('without a daemon it says what the machine can do, and that everything passes', async () => {
  const { code, findings } = await doctor()
  assert.equal(code, exitCodes.ok)
  assert.deepEqual(bad(findings), [])
  assert.equal(find(findings, 'rules')?.found, 'no rules of an edge are in the kernel: everything passes')
  assert.match(find(findings, 'daemon')?.advice ?? '', /bulkhead edge run/)
  assert.equal(find(findings, 'nft-bridge')?.level, 'ok')
})

it('without privileges it does not say that everything passes, and libnftables says nothing by itself', async () => {
  const { code, stdout, stderr } = await world.exec('edge', 'setpriv', [
    '--bounding-set=-all',
    '--inh-caps=-all',
    process.execPath,
    '--disable-warning=ExperimentalWarning',
    main,
    'edge',
    'doctor',
    '--json',
    '--socket',
    '/run/none.sock',
  ])
  const findings = z.array(Finding).parse(JSON.parse(stdout))
  assert.deepEqual([code, stderr], [exitCodes.environment, ''])
  assert.match(find(findings, 'rules')?.found ?? '', /^whether the kernel enforces anything is told to root alone/)
  assert.ok(bad(findings).includes('broken net-admin'))
})

it('with a daemon it finds nothing wrong', async () => {
  daemon = await startDaemon(world, { policy: policyText(), edge: edgeName })
  const { code, findings } = await doctor()
  assert.equal(code, exitCodes.ok)
  assert.deepEqual(bad(findings), [])
  assert.equal(find(findings, 'rules')?.found, 'generation 1 of this plan is enforced')
  assert.match(find(findings, 'bridge')?.found ?? '', /^br0 is invisible/)
})

it('names what somebody spoilt, what to do about it, and that it is broken', async () => {
  await world.exec('edge', 'ip', ['link', 'set', 'br0', 'type', 'bridge', 'mcast_snooping', '1'])
  await world.exec('edge', 'ip', ['link', 'set', 'cell', 'nomaster'])
  const { code, findings } = await doctor()
  assert.equal(code, exitCodes.environment)
  assert.deepEqual(bad(findings).toSorted(), ['broken port-cell', 'degraded alarm-bridge-cell', 'degraded bridge'])
  for (const id of ['port-cell', 'bridge']) assert.match(find(findings, id)?.advice ?? '', /Restart the daemon/)
  assert.ok(
    (await daemon?.call('status', {}))?.alarms.some((text) =>
      text.startsWith('Port cell (cell) is not part of the bridge br0'),
    ),
  )
})

it('with a dead daemon it says what is enforced all the same; the next daemon puts right what was spoilt', async () => {
  await daemon?.kill('SIGKILL')
  const { code, findings } = await doctor()
  assert.equal(code, exitCodes.ok)
  assert.deepEqual(bad(findings), ['degraded rules'])
  assert.match(
    find(findings, 'rules')?.found ?? '',
    /^the kernel enforces generation 1 \(policy [0-9a-f]{12}\), and no daemon watches it$/,
  )
  daemon = await startDaemon(world, { policy: policyText(), edge: edgeName })
  assert.deepEqual(bad((await doctor()).findings), [])
})
