/** Every protocol between an independent client and a device, through a real edge that allows reading: one command is refused. */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { after, afterEach, before, describe, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { isDeepStrictEqual } from 'node:util'
import { PcapWriter } from '#packet/pcap-writer.ts'
import { addresses, Cell } from './inspection/cell.ts'
import { changes, connections, Pair, readingPolicy } from './inspection/pair.ts'
import { Program, type Row } from './inspection/program.ts'
import { sides, type Side } from './inspection/protocols.ts'

for (const denyAction of ['exception', 'neutralise'] as const)
  describe(`with deny-action ${denyAction}, one command is refused while the session lives`, () => {
    let built: Cell | undefined
    const frames: Uint8Array[] = []
    const cellOf = (): Cell => {
      assert.ok(built !== undefined)
      return built
    }
    before(async () => {
      built = await Cell.build(`protocols-${denyAction}`, { policy: readingPolicy(denyAction) })
      built.world.socket('hmi')
    })
    afterEach(() => void frames.push(...cellOf().world.received('hmi')))
    /** Of those that may stay for the tests after theirs: one start of two programs each. */
    const kept = new Map<Side, Pair>()
    const pairOf = async (side: Side): Promise<Pair> => {
      const pair = kept.get(side) ?? (await Pair.open(cellOf().world, side))
      kept.set(side, pair)
      return pair
    }
    const drop = async (side: Side): Promise<void> => {
      await kept.get(side)?.[Symbol.asyncDispose]()
      kept.delete(side)
    }
    const chosen = sides.filter(
      ({ transport, pipelines, client }) => transport === 'tcp' && (pipelines || client.startsWith('enip')),
    )
    after(async () => {
      for (const side of kept.keys()) await drop(side)
      await built?.[Symbol.asyncDispose]()
    })

    const expected = ({ refusal, neutralised }: Side['forbidden'][number]): Row =>
      denyAction === 'neutralise' ? (neutralised ?? refusal) : refusal

    for (const side of sides) {
      const { service, forbidden, pipelines, transport, port, notNeutralised } = side
      const [first] = forbidden
      const skip = denyAction === 'neutralise' && notNeutralised
      test(`${service}: ${forbidden.map(({ name }) => name).join(', ')}`, { skip }, async () => {
        const cell = cellOf()
        const pair = await pairOf(side)
        // Where the device is on the wire, other conversations have shown by now.
        if (transport === 'udp' && first !== undefined)
          assert.deepEqual(await pair.client.ask(first.order), expected(first), 'as its first datagram')
        assert.equal(await pair.setpoint(), 250)
        const connected = await connections(cell.world, port)
        for (const command of forbidden) {
          assert.deepEqual(await pair.client.ask(command.order), expected(command), command.order)
          assert.equal(await pair.setpoint(), 250)
        }
        if (pipelines && first !== undefined) {
          const { answers } = await pair.client.ask(`together ${side.read} ; ${first.order} ; ${side.read}`)
          assert.ok(Array.isArray(answers))
          assert.deepEqual([side.value(answers[0]), answers[1], side.value(answers[2])], [250, expected(first), 250])
        }
        assert.deepEqual(changes(pair.device), [])
        assert.equal(connected.length, transport === 'tcp' ? 1 : 0)
        assert.deepEqual(await connections(cell.world, port), connected)
        // Another one wants its port, or it is not asked again.
        if (!chosen.includes(side)) await drop(side)
      })
    }

    test('every message that the client got is well-formed, as tshark reads it', () => {
      const folder = mkdtempSync('/run/protocols-')
      const writer = new PcapWriter()
      const records = frames.map((frame, at) => writer.record(frame, at, 0))
      writeFileSync(`${folder}/hmi.pcap`, Buffer.concat([writer.header(), ...records]))
      const fields = ['frame.protocols', '_ws.malformed', 'dnp.hdr.CRC.status', 'dnp.data_chunk.CRC.status']
      const words = ['-n', '-r', `${folder}/hmi.pcap`, '-T', 'fields', ...fields.flatMap((name) => ['-e', name])]
      const { stdout, stderr, status } = spawnSync('tshark', words, { encoding: 'utf8' })
      rmSync(folder, { recursive: true })
      assert.equal(status, 0, stderr)
      const rows = stdout.split('\n').map((line) => line.split('\t'))
      for (const [protocols = '', malformed = '', ...sums] of rows) {
        assert.equal(malformed, '', protocols)
        assert.match(sums.join(), /^[1,]*$/, `checksums of ${protocols}`)
      }
      const seen = new Set(rows.flatMap(([protocols = '']) => protocols.split(':')))
      for (const name of ['modbus', 's7comm', 'cip', 'dnp3', 'iec60870_asdu', 'opcua', 'bacapp'])
        assert.ok(seen.has(name), `${name} among ${[...seen].join()}`)
    })

    test('of pipelined EtherNet/IP requests, a write among reads alone is refused', async () => {
      const cell = cellOf()
      const enip = sides.find(({ service }) => service === 'enip')
      assert.ok(enip !== undefined)
      const { device } = await pairOf(enip)
      const hmi = cell.start('hmi')
      await hmi.ask({ connect: [addresses.plc, 44818] })
      const envelope = (command: string, length: string) => `${command}${length}0b0b0b0b${'0'.repeat(32)}`
      await hmi.exchange(`${envelope('6500', '0400')}01000000`, 28)
      const items = (length: string) => `000000000a00020000000000b200${length}`
      const setpoint = '05910853657470 6f696e74'
      const read = `${envelope('6f00', '1e00')}${items('0e00')}4c${setpoint}0100`
      const write = `${envelope('6f00', '2400')}${items('1400')}4d${setpoint}c400010090010000`
      const answers = await hmi.exchange(read + write + read, 2 * 50 + 44)
      assert.equal(answers.split('cc000000c400fa000000').length, 3, answers)
      assert.equal(answers.split('cd000800').length, 2, answers)
      assert.deepEqual(changes(device), [])
    })

    test('kill -9 of the inspector ends only connections that carried a refusal made in the server’s name', async () => {
      const cell = cellOf()
      await using programs = new AsyncDisposableStack()
      const open = await Promise.all(chosen.map(pairOf))
      const others = await connections(cell.world, 502)
      const calm = programs.use(new Program(cell.world, 'hmi', 'operator.ts', ['--host', addresses.plc]))
      assert.deepEqual(await calm.ask('read 100'), { values: [250] })
      const [own = ''] = (await connections(cell.world, 502)).filter((port) => !others.includes(port))
      for (const pair of open) {
        assert.equal(await pair.setpoint(), 250, pair.side.service)
        const [command] = pair.side.forbidden
        assert.deepEqual(await pair.client.ask(command?.order ?? ''), command && expected(command))
      }
      const connected = await Promise.all(chosen.map(({ port }) => connections(cell.world, port)))
      const { inspection } = await cell.daemon.call('status', {})
      for (const { pid } of inspection.queues) process.kill(pid, 'SIGKILL')
      for (const [at, pair] of open.entries()) {
        const survives = denyAction === 'neutralise' && pair.side.service !== 'opcua'
        if (survives) assert.equal(await pair.setpoint(), 250, pair.side.service)
        const same = async () => isDeepStrictEqual(await connections(cell.world, pair.side.port), connected[at])
        if (!survives) for (let turn = 0; turn < 300 && (await same()); turn++) await sleep(100)
        assert.equal(await same(), survives, pair.side.service)
        assert.deepEqual(changes(pair.device), [])
      }
      assert.deepEqual(await calm.ask('read 100'), { values: [250] })
      assert.ok((await connections(cell.world, 502)).includes(own))
    })
  })
