/** A full disk keeps no wrong policy in force, and no bridge from coming up: what the kernel does comes first, and is written down when there is room. */
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { rmSync, writeFileSync } from 'node:fs'
import { after, before, test } from 'node:test'
import { storePath } from '#edge/context.ts'
import { startDeadline } from '#edge/deadline.ts'
import { enforce } from '#edge/enforce.ts'
import { holdAll, listHeld } from '#edge/kernel/containment.ts'
import { running } from '#edge/kernel/generations.ts'
import { placeOf, readPlan, writePlan } from '#edge/inspection/place.ts'
import { loadAtBoot } from '#edge/load.ts'
import { openStore, type Store } from '#edge/store/open.ts'
import { removeBridge, setLink } from '#linux/bridge.ts'
import { Nft } from '#linux/nftables.ts'
import { links } from '#linux/rtnetlink.ts'
import { planWith, sourceWith } from './one-conduit.ts'
import { until } from './until.ts'

const state = '/run/small'
const filler = `${state}/filler`
const fill = (): void => {
  rmSync(`${storePath(state)}.reserve`, { force: true })
  execFileSync('sh', ['-c', `cat /dev/zero >${filler} 2>/dev/null; true`])
}

/** What waits for its confirmation, on top of what is confirmed, as a daemon leaves both that is killed. */
const leave = async (seconds: number): Promise<number> => {
  rmSync(filler, { force: true })
  const store: Store = openStore({ path: storePath(state), beside: true })
  const at = Date.now()
  store.plans.stage({ source: sourceWith(1001), plan: planWith(1001), by: 'test', at })
  const plan = planWith(1002)
  const { id } = store.plans.stage({
    source: sourceWith(1002),
    plan,
    by: 'test',
    at,
    deadline: Date.now() + seconds * 1000,
  })
  await enforce(store, plan)
  return id
}

before(async () => {
  execFileSync('sh', ['-c', `mkdir -p ${state} && mount -t tmpfs -o size=6m,mode=700 tmpfs ${state}`])
  for (const [name, peer] of [
    ['plant', 'far-plant'],
    ['cell', 'far-cell'],
  ] as const)
    execFileSync('ip', ['link', 'add', name, 'type', 'veth', 'peer', peer])
  await setLink('lo', 'up')
})
after(() => rmSync(filler, { force: true }))

test('a machine that starts forwards by what was confirmed', async () => {
  await leave(60)
  fill()
  const loaded = await loadAtBoot({ state })
  assert.equal('digest' in loaded && loaded.digest, planWith(1001).digest)
  const bridge = links().find(({ name }) => name === 'br0')
  assert.equal(links().find(({ name }) => name === 'plant')?.master, bridge?.index)
})

test('the plan that inspectors judge by is replaced by one that was there before, on a full disk too', () => {
  rmSync(filler, { force: true })
  const place = placeOf(storePath(state))
  const [longer, shorter] = [planWith(1001), { ...planWith(1002), conduits: [] }]
  for (const plan of [longer, shorter]) writePlan(place, plan)
  fill()
  assert.throws(() => writeFileSync(`${state}/other`, 'x'.repeat(5000)), /ENOSPC/)
  writePlan(place, longer)
  assert.deepEqual(readPlan(place), longer)
  writePlan(place, shorter)
  assert.deepEqual(readPlan(place), shorter)
})

test('an order that the kernel has no room for keeps no bridge from coming up, and the others hold', async () => {
  await removeBridge('br0')
  await leave(60)
  const nft = Nft.open()
  for (let n = 0; n < 65_536; n += 4096) {
    const others = Array.from({ length: 4096 }, (_, i) => ({ ip: `10.0.${(n + i) >> 8}.${(n + i) & 255}`, vlans: [7] }))
    holdAll(
      nft,
      'bridge',
      others.slice(n === 0 ? 1 : 0).map((other) => ({ ...other, seconds: 60 })),
    )
  }
  const store = openStore({ path: storePath(state), beside: true })
  const since = Date.now()
  for (const ip of ['198.18.1.40', '198.18.1.41', '198.18.1.42'])
    store.containments.add({
      family: 4,
      vlan: 0,
      ip,
      kind: 'ordered',
      since,
      expiresAt: since + 60_000,
      reason: 'x',
      by: 'x',
    })
  store.close()
  await loadAtBoot({ state })
  assert.ok(links().some(({ name }) => name === 'br0'))
  assert.deepEqual(
    [...listHeld(nft, 'bridge')].filter((ip) => ip.startsWith('198.')),
    ['198.18.1.40'],
  )
  nft.close()
})

test('a policy that nobody confirmed goes away at its deadline, and that is written down when there is room', async () => {
  const id = await leave(2)
  fill()
  startDeadline(state, id, '/run/nobody.sock')
  await until('it is rolled back', () => running()?.digest === planWith(1001).digest, { limitMs: 12_000 })
  rmSync(filler)
  const store = openStore({ path: storePath(state), beside: true })
  await until('that is written down', () => store.plans.pending() === undefined, { limitMs: 30_000 })
  assert.equal(store.plans.history()[0]?.state, 'rolled-back')
  store.close()
})
