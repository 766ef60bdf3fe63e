/** An edge that begins to judge while conversations of every protocol are under way: none breaks, none stalls, and each is judged. */
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { startDaemon, type Daemon } from './edge-process.ts'
import { addresses, macs } from './inspection/cell.ts'
import { changes, connections, Pair, readingPolicy } from './inspection/pair.ts'
import type { Program, Row } from './inspection/program.ts'
import { sides, type Side } from './inspection/protocols.ts'
import { createWorld, type World } from './world/world.ts'

/** ms: a first retransmission comes after 200, and this machine is not alone in the world. */
const stall = 1000

interface Running {
  readonly side: Side
  readonly pair: Pair
  /** Another client, which says nothing while the edge begins; none where two would share a port. */
  readonly quiet: Program | undefined
  readonly connected: readonly string[]
  readonly answers: { readonly value: unknown; readonly ms: number }[]
  stop: boolean
  ended: Promise<void>
}

/** Reads on and on until it is told to stop. */
const run = async (running: Running): Promise<void> => {
  while (!running.stop) {
    const begun = performance.now()
    running.answers.push({ value: await running.pair.setpoint(), ms: performance.now() - begun })
    await sleep(20)
  }
}

describe('an edge that begins to judge conversations that are under way', () => {
  let world: World | undefined
  let daemon: Daemon | undefined
  const all: Running[] = []
  // One client of each protocol.
  const chosen = sides.filter(({ client }) => client !== 's7/operator.ts')

  before(async () => {
    world = await createWorld({
      name: 'joined',
      ports: ['plant', 'cell'],
      hosts: {
        plc: { port: 'cell', mac: macs.plc, ip4: `${addresses.plc}/24` },
        hmi: { port: 'plant', mac: macs.hmi, ip4: `${addresses.hmi}/24` },
      },
    })
    for (const side of chosen) {
      const pair = await Pair.open(world, side)
      assert.equal(await pair.setpoint(), 250)
      const quiet: Program | undefined = side.transport === 'tcp' ? pair.another(world) : undefined
      if (quiet !== undefined) assert.equal(side.value(await quiet.ask(side.read)), 250)
      const connected = await connections(world, side.port)
      all.push({ side, pair, quiet, connected, answers: [], stop: false, ended: Promise.resolve() })
    }
    for (const running of all) running.ended = run(running)
    daemon = await startDaemon(world, { edge: 'edge', policy: readingPolicy('exception') })
    for (let turn = 0; turn < 100; turn++) {
      const { inspection } = await daemon.call('status', {})
      if (inspection.queues.length > 0 && inspection.queues.every(({ state }) => state === 'judging')) break
      await sleep(50)
    }
    await sleep(500)
    for (const running of all) running.stop = true
    await Promise.all(all.map(({ ended }) => ended))
  })
  after(async () => {
    for (const { pair, quiet } of all) {
      await quiet?.[Symbol.asyncDispose]()
      await pair[Symbol.asyncDispose]()
    }
    await daemon?.stop()
    await world?.close()
  })

  for (const side of chosen) {
    const { service, port, forbidden } = side
    const found = (): Running => {
      const running = all.find((one) => one.side === side)
      assert.ok(running !== undefined && world !== undefined)
      return running
    }
    test(`${service}: every read was answered in time, on the same connection`, async () => {
      const { answers, connected } = found()
      assert.ok(answers.length > 10, String(answers.length))
      const missing = answers.filter(({ value, ms }) => value !== 250 || ms > stall)
      // Nobody sends a datagram again that waited for an inspector just when that was replaced.
      assert.ok(missing.length <= (side.transport === 'udp' ? 1 : 0), JSON.stringify(missing))
      assert.deepEqual(await connections(world!, port), connected)
    })
    const alone = side.transport === 'tcp' ? false : 'two clients would share a port, so there is no quiet one'
    test(
      `${service}: a connection that was quiet meanwhile is judged from its first messages on`,
      { skip: alone },
      async () => {
        const { quiet, pair, connected } = found()
        const [command] = forbidden
        assert.ok(quiet !== undefined)
        // A refusal has to continue the numbers of the server, which only a message of it shows.
        if (service === 'opcua') assert.equal(side.value(await quiet.ask(side.read)), 250)
        assert.deepEqual(await quiet.ask(command?.order ?? ''), command?.refusal)
        assert.equal(side.value(await quiet.ask(side.read)), 250)
        assert.deepEqual(changes(pair.device), [])
        assert.deepEqual(await connections(world!, port), connected)
      },
    )
    test(`${service}: a command that is not allowed is refused now, and reading goes on`, async () => {
      const { pair, connected } = found()
      const [command] = forbidden
      assert.equal(await pair.setpoint(), 250)
      const answer: Row = await pair.client.ask(command?.order ?? '')
      const { inspection } = await daemon!.call('status', {})
      assert.deepEqual(
        answer,
        command?.refusal,
        JSON.stringify([answer, inspection.queues, inspection.conduits.find(({ id }) => id === service)]),
      )
      assert.equal(await pair.setpoint(), 250)
      assert.deepEqual(changes(pair.device), [])
      assert.deepEqual(await connections(world!, port), connected)
    })
  }
})
