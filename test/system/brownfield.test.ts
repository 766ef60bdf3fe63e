/**
 * A plant that was there first gets an edge: the box listens at a mirror port, a policy is proposed from what it heard, the box goes
 * inline in shadow, enforces, contains. The commands are those of docs/brownfield.md, and no poll is lost on the way.
 */
import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { after, before, describe, test, type TestContext } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { isDeepStrictEqual } from 'node:util'
import type { LiveResult } from '#cli/simulate/live.ts'
import type { Summary } from '#cli/discover/summary.ts'
import type { Result } from '#discover/simulate/result.ts'
import type { EdgeStatus } from '#schema/control.ts'
import { startDaemon, type Daemon } from './edge-process.ts'
import { answers, decided, moved } from './brownfield/answers.ts'
import { Box } from './brownfield/box.ts'
import { addresses, buildPlant, mirror, startProduction, type Plant, type Production } from './brownfield/plant.ts'
import { record } from './brownfield/recorder.ts'
import { delivered, openings, scan } from './brownfield/scan.ts'

const home = mkdtempSync('/run/brownfield-')
const state = `${home}/plant`
const capture = `${home}/mirror.pcap`
const policy = `${home}/site.yaml`
const edge = 'line-edge'
/** Where an edge of this machine is looked for. */
const socket = `/run/bulkhead/${edge}.sock`

let plant: Plant
let box: Box
let production: Production
let daemon: Daemon | undefined

const until = async (what: string, holds: () => boolean | Promise<boolean>, limitMs = 60_000): Promise<void> => {
  for (const limit = performance.now() + limitMs; !(await holds()); await sleep(50))
    assert.ok(performance.now() < limit, `${what} within ${limitMs} ms`)
}

/** Every poll so far was answered, over the connection that was there from the beginning. Returns how many. */
const unharmed = async (): Promise<number> => {
  const { sent, answered, lost, broken, refused } = await production.settled()
  assert.deepEqual({ lost, broken, refused }, { lost: 0, broken: 0, refused: 0 })
  assert.ok(answered >= sent, `${answered} of ${sent} polls were answered`)
  return answered
}
/** Waits until so many more polls were answered. */
const polls = async (count: number): Promise<void> => {
  const at = await unharmed()
  await until(`${count} polls are answered`, async () => (await unharmed()) - at >= count)
}

/** Modbus exception code (Modbus Application Protocol 1.1b3, 7): the edge's answer where a register is not within those allowed. */
const illegalDataAddress = 2
/** Of the HMI's own connection: a register that it never wrote while the box listened, and a value that the controller would take. */
const outOfScope = (value: number) => `write 101 ${value}`
/** The controller's own word of it. */
const temperature = async () => {
  const said = await box.exec('ews', ['lab/devices/operator.ts', '--host', addresses['plc-a'], '--', 'read 101'])
  const { values }: { readonly values: readonly number[] } = JSON.parse(said)
  return values
}

/** Puts the policy into another mode and applies it as a person does. */
const raise = async (from: string, to: string): Promise<void> => {
  writeFileSync(policy, moved(readFileSync(policy, 'utf8'), from, to))
  await box.bulkhead(`edge apply ${policy} --yes --confirm-within 5m`)
  await polls(50)
  await box.bulkhead('edge confirm')
  const { zones } = await box.json<EdgeStatus>('edge status')
  assert.deepEqual(
    zones.map(({ mode }) => mode),
    zones.map(() => to),
  )
}

describe('a plant that was there first gets an edge, and no poll is lost', () => {
  before(async () => {
    plant = await buildPlant('found')
    box = new Box(plant.world)
    production = await startProduction(plant.world)
  })
  after(async () => {
    await daemon?.stop()
    await production.stop()
    await plant.close()
  })

  test('the box listens at a mirror port, for a time and until it is interrupted, and sends nothing', async (context: TestContext) => {
    const recorder = record(plant.world, mirror, capture)
    await box.bulkhead(`discover iface:${mirror} --for 3s -o ${state}`)
    const listening = await box.start(`discover iface:${mirror} -o ${state} --json`, /Listening on/)
    // Two cycles of the set point, and what the engineering station does once.
    await polls(300)
    await box.exec('ews', ['lab/devices/operator.ts', '--host', addresses['plc-a'], '--', 'read 40', 'write 40 1'])
    await polls(50)
    const heard: Summary = JSON.parse(await listening.interrupt())
    const { frames, lost } = await recorder.stop()
    context.diagnostic(`${frames} frames recorded`)
    assert.equal(lost, 0)
    assert.deepEqual(
      heard.captures.map(({ skipped }) => skipped),
      [[], []],
    )
    assert.deepEqual(
      heard.inventory.map(({ ips }) => ips[0]),
      [addresses['plc-a'], addresses['plc-b'], addresses.hmi, addresses.historian, addresses.ews],
    )
    // Both directions of every conversation are in the mirror.
    const there = heard.flows.filter(({ transport }) => transport === 'tcp')
    assert.equal(there.length, 5)
    for (const { id, packets } of there) assert.ok(packets[0] > 0 && packets[1] > 0, id)
    assert.deepEqual(heard.doubts, [])
    assert.equal(await plant.sentOnMirror(), 0)
  })

  test('what it heard becomes a policy, and a person decides what was left out of it', async () => {
    writeFileSync(`${home}/assets.csv`, answers)
    await box.bulkhead(`assets import ${state} ${home}/assets.csv`)
    const ports = '--port plant=supervisory --port cell=control'
    await box.bulkhead(`propose ${state} --site bottling --edge ${edge} ${ports} -o ${policy}`)
    const proposed = readFileSync(policy, 'utf8')
    await Promise.all([box.bulkhead(`policy check ${policy}`), box.bulkhead(`policy test ${policy}`)])

    // As proposed it would deny what the engineering station did once, and nothing else.
    const asProposed = await box.json<Result>(`simulate --policy ${policy} --fail-on-denied any ${capture}`, 1)
    const denied = [...asProposed.conversations, ...asProposed.commands].filter(({ outcome }) => outcome.denied > 0)
    assert.deepEqual([...new Set(denied.map(({ client }) => client))], [addresses.ews])

    writeFileSync(policy, decided(proposed))
    await Promise.all([box.bulkhead(`policy check ${policy}`), box.bulkhead(`policy test ${policy}`)])
    const { summary, packets } = await box.json<Result>(`simulate --policy ${policy} --fail-on-denied any ${capture}`)
    assert.ok(packets.judged > 500, `${packets.judged} packets were judged`)
    assert.ok(summary.commands > 0)
    assert.deepEqual(
      { denied: summary.denied, commands: summary.commandsDenied, contained: summary.contained },
      { denied: 0, commands: 0, contained: 0 },
    )
    await unharmed()
  })

  test('the cables are moved to the box, which is in shadow by then, back, and to it again', async (context: TestContext) => {
    writeFileSync(policy, moved(readFileSync(policy, 'utf8'), 'observe', 'shadow'))
    daemon = await startDaemon(plant.world, { policyFile: policy, edge, state: `${home}/edge`, socket })
    for (const through of ['box', 'switches', 'box'] as const) {
      const took = await plant.cable(through)
      await polls(100)
      context.diagnostic(`cables through the ${through}: ${took.toFixed(1)} ms`)
    }
    const { longestMs } = await production.settled()
    context.diagnostic(`the longest wait for an answer until now: ${longestMs} ms`)
    const { ports, conduits } = await box.json<EdgeStatus>('edge status')
    assert.deepEqual(ports.map(({ name }) => name).toSorted(), ['cell', 'plant'])
    for (const { id, hits } of conduits) if (!id.startsWith('ews')) assert.ok(hits.packets > 0, `${id} carries polls`)
  })

  test('in shadow it names what it would deny, and touches nothing: no poll is among it', async () => {
    const at = await box.json<LiveResult>('simulate --live edge: --fail-on-denied any')
    assert.deepEqual(at.findings, [])
    delivered(plant.world)
    scan(plant.world)
    let arrived = 0
    await until('the scan arrives', () => (arrived += delivered(plant.world)) >= openings)
    assert.equal(arrived, openings)
    assert.deepEqual(await production.hmi.ask(outOfScope(50)), { order: outOfScope(50), written: 50 })
    assert.deepEqual(await temperature(), [50])
    const { stranger, hmi } = addresses
    const named = ({ findings }: LiveResult) => ({
      scanned: findings.filter(({ kind, source }) => kind === 'would-deny' && source.includes(stranger)).length,
      commands: findings.filter(({ kind }) => kind === 'would-deny-command').map(({ source }) => source),
    })
    const all = { scanned: openings, commands: [`hmi (${hmi})`] }
    let live = at
    await until('all of it is named', async () => {
      live = await box.json<LiveResult>('simulate --live edge: --fail-on-denied any', 1)
      // The inspector counts a moment after it has told.
      return isDeepStrictEqual(named(live), all) && live.summary.commands > 0
    })
    // Beside it only the answers of the controllers to the scan.
    for (const { kind, source, destination, what } of live.findings)
      assert.ok(
        kind === 'would-deny-command' || source.includes(stranger) || destination.includes(stranger),
        `${kind}: ${source} to ${destination}, ${what}`,
      )
    assert.equal(live.summary.commands, 1)
    await unharmed()
  })

  test('enforced, the command is refused while its connection lives, and the scan is dropped', async () => {
    await raise('shadow', 'enforce')
    const denied = async () =>
      (await box.json<EdgeStatus>('edge status')).zones.reduce((sum, zone) => sum + zone.denied, 0)
    const at = await denied()
    delivered(plant.world)
    scan(plant.world)
    await until('the scan is denied', async () => (await denied()) - at >= openings)
    assert.equal(delivered(plant.world), 0)
    // Conduits fail open unless they say otherwise: what passed unjudged, on a machine that is too busy, was counted.
    const unjudged = async () => {
      const { inspection } = await box.json<EdgeStatus>('edge status')
      return inspection.conduits.reduce(
        (sum, { counts }) => sum + counts.unsynchronised,
        inspection.uninspected.packets,
      )
    }
    let value = 50
    await until('the command is refused', async () => {
      const passed = await unjudged()
      const answer = await production.hmi.ask(outOfScope(value + 1))
      if (answer['exception'] === illegalDataAddress) return true
      assert.ok((await unjudged()) > passed, `${JSON.stringify(answer)}, and nothing passed unjudged`)
      value++
      return false
    })
    assert.deepEqual(await temperature(), [value])
    await polls(100)
    const { containments } = await box.json<EdgeStatus>('edge status')
    assert.deepEqual(containments, [])
  })

  test('in mode contain the stranger is contained by its first packet, and nobody else is', async (context: TestContext) => {
    await raise('enforce', 'contain')
    delivered(plant.world)
    scan(plant.world, 1)
    const contained = async () => (await box.json<EdgeStatus>('edge status')).containments.map(({ ip }) => ip)
    await until('it is contained', async () => (await contained()).length > 0)
    assert.deepEqual(await contained(), [addresses.stranger])
    scan(plant.world)
    await polls(100)
    assert.equal(delivered(plant.world), 0)
    const { sent, longestMs } = await production.settled()
    context.diagnostic(`${sent} polls, none lost, the longest wait ${longestMs} ms`)
    assert.equal(await plant.sentOnMirror(), 0)
  })
})
