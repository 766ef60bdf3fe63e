/** The pipes between edge and decoy host: what the host makes of lines that are no orders, and of an edge that does not read. */
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { lineLimit } from '#schema/decoy-host.ts'
import { dial } from './decoy-host/client.ts'
import { decoyAt, realHost, startHost, type HostProcess } from './decoy-host/process.ts'
import { echoStation, layGround } from './decoy-host/scene.ts'

const address = '198.18.1.1'
before(layGround)

describe('orders of the decoy host', () => {
  let host: HostProcess
  before(async () => {
    host = await startHost({ stations: [echoStation('s1', [decoyAt(address)])] })
  })
  after(() => host[Symbol.asyncDispose]())

  for (const [title, line, said] of [
    ['no JSON', 'begin it', /is no JSON/],
    ['a secret in no JSON', '{"password": "hunter2"', /is no JSON/],
    ['no order', '{"type": "reboot"}', /is no order/],
    ['an order with a field too many', '{"type": "status", "verbose": true}', /is no order/],
    ['an order about no address', '{"type": "cut", "source": "everybody"}', /is no order/],
    ['a line that is too long', `{"type": "status", "x": "${'x'.repeat(lineLimit)}"}`, /is longer than 1048576/],
    ['a second beginning', '{"type":"begin","site":"x","stations":[],"honeytokens":[],"verify":false}', /has begun/],
    ['a move of a station that is not there', '{"type":"move","station":"s9","decoys":[]}', /no station "s9"/],
  ] as const)
    test(`${title} is said in the log, and changes nothing`, async () => {
      await sleep(300)
      const earlier = host.log().length
      host.raw(line)
      const { faults } = await host.status()
      for (let turn = 0; turn < 50 && host.log().length === earlier; turn++) await sleep(10)
      assert.match(host.log().slice(earlier), said)
      assert.doesNotMatch(host.log(), /hunter2/)
      assert.equal(faults, 0)
      const client = await dial(address, 7001)
      client.say('hello\n')
      assert.equal(await client.heard(6), 'hello\n')
      client.socket.destroy()
    })

  test('a descriptor that is no socket costs the service, and not the host', async () => {
    await using other = await startHost({
      stations: [{ id: 's1', persona: 'echo-box', ports: [], decoys: [decoyAt(address)] }],
      begin: {
        stations: [
          {
            id: 's1',
            persona: 'echo-box',
            sockets: [
              { fd: 777, transport: 'tcp', port: 7001 },
              { fd: 778, transport: 'udp', port: 7001 },
            ],
            decoys: [decoyAt(address)],
          },
          { id: 's2', persona: 'no-such-box', sockets: [], decoys: [] },
        ],
      },
    })
    assert.equal((await other.status()).faults, 3)
    assert.match(other.log(), /no persona no-such-box/)
  })

  test('the end of its input ends it, and what was said until then is told', async () => {
    const client = await dial(address, 7001, '198.18.9.9')
    client.say('last words\n')
    await client.heard(11)
    const [code, signal] = await host.end()
    assert.deepEqual([code, signal], [0, null])
    assert.ok(await client.closed())
    const tape = host.of('recording').find(({ session }) => session.source === '198.18.9.9')
    assert.equal(Buffer.from(tape?.chunks[0]?.b ?? '', 'base64').toString(), 'last words\n')
  })
})

describe('the decoy host of this program', () => {
  test('starts without stations, and answers for its state', async () => {
    await using host = await startHost({ script: realHost, stations: [] })
    const { memory, connections, faults } = await host.status()
    assert.deepEqual([connections, faults], [0, 0])
    assert.ok(memory < 150 << 20, `${memory} bytes`)
  })

  test('refuses to run with capabilities', async () => {
    await using host = await startHost({ script: realHost, stations: [], privileged: true })
    const [code] = await host.ended
    assert.equal(code, 1)
    assert.match(host.log(), /must have no capability/)
    assert.deepEqual(host.reports, [])
  })
})
