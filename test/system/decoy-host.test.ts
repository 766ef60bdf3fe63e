/** The decoy host as a process of its own: what comes in, what goes out, and what is told of it. */
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { connect as connectTls } from 'node:tls'
import { once } from 'node:events'
import { runIp } from '#linux/ip.ts'
import { clientOf, datagramsFrom, dial } from './decoy-host/client.ts'
import { decoyAt, realHost, startHost, type HostProcess, type StationGiven } from './decoy-host/process.ts'

// Anything in here is an address of this machine, as a station's are of its namespace.
const network = '198.18.0.0/16'
const ports = [
  ['tcp', 7001],
  ['udp', 7001],
  ['tcp', 7002],
  ['tcp', 7003],
  ['tcp', 7004],
] as const
const first: StationGiven = {
  id: 's1',
  persona: 'echo-box',
  host: '0.0.0.0',
  ports,
  decoys: [
    decoyAt('198.18.1.1'),
    decoyAt('198.18.1.2', { after: 3 }),
    decoyAt('198.18.1.3', 'first'),
    decoyAt('198.18.1.4'),
  ],
}
// In one namespace a wildcard socket leaves no room for another station: this one is at its own address.
const second: StationGiven = {
  id: 's2',
  persona: 'echo-box',
  host: '198.18.2.1',
  ports: [
    ['tcp', 7001],
    ['udp', 7001],
  ],
  decoys: [decoyAt('198.18.2.1')],
}
// A wildcard UDP socket and one of an address may stand beside each other; TCP's may not.
const elsewhere: StationGiven = { ...second, host: '0.0.0.0', ports: [['tcp', 7005]] }
void elsewhere

before(async () => {
  await runIp(['route', 'add', 'local', network, 'dev', 'lo'])
})

describe('the decoy host', () => {
  let host: HostProcess
  before(async () => {
    host = await startHost({ stations: [first] })
  })
  after(() => host[Symbol.asyncDispose]())

  test('says who it is, with no privileges', async () => {
    const { pid, uid } = await host.until('ready')
    assert.ok(pid > 0 && uid >= 0)
  })

  test('answers at each address as the decoy there, and tells of handshake and exchange', async () => {
    for (const address of ['198.18.1.1', '198.18.1.4']) {
      const client = await dial(address, 7002, '198.18.9.2')
      client.say('hello\n')
      assert.equal(await client.heard(20), `HELLO ${decoyAt(address).name}\nhello\n`)
      client.socket.end()
      assert.ok(await client.closed())
      await host.until(
        'contact',
        ({ session, exchanges }) => session.source === '198.18.9.2' && session.decoy === address && exchanges === 1,
      )
    }
    const tape = await host.until('recording', ({ session }) => session.source === '198.18.9.2')
    assert.deepEqual(
      tape.chunks.map(({ d, b }) => [d, Buffer.from(b, 'base64').toString()]),
      [
        [1, `HELLO ${decoyAt('198.18.1.1').name}\n`],
        [0, 'hello\n'],
        [1, 'hello\n'],
      ],
    )
  })
})
void [sleep, connectTls, once, clientOf, datagramsFrom, realHost]
