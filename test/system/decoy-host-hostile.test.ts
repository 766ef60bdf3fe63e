/** Whatever a stranger does: the decoy host goes on, and needs no more memory for it. */
import assert from 'node:assert/strict'
import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { after, before, describe, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import { datagramsFrom, dial } from './decoy-host/client.ts'
import { floodScript, type FloodOptions } from './decoy-host/flood.ts'
import { decoyAt, residentMb, startHost, type HostProcess } from './decoy-host/process.ts'
import { echoStation, layGround } from './decoy-host/scene.ts'

const long = process.env['BULKHEAD_TEST'] === 'long'
const many = long ? 10_000 : 1500
const addresses = Array.from({ length: 20 }, (_, index) => `198.18.1.${index + 1}`)
const [address = ''] = addresses
const tcpPorts = [7001, 7002, 7003, 7004]

const run = promisify(execFile)
const flood = async (options: Partial<FloodOptions>): Promise<{ made: number; seconds: number }> => {
  const given = { to: addresses, ports: tcpPorts, count: 1000, perSecond: 0, sources: 200, seed: 1, ...options }
  const words = ['--disable-warning=ExperimentalWarning', floodScript, JSON.stringify(given)]
  const { stdout } = await run(process.execPath, words, { timeout: 120_000 })
  return JSON.parse(stdout)
}
/** A program that connects, sends and reads as it is told; killed or stopped as one likes. */
const program = async (text: string) => {
  const child = spawn(process.execPath, ['--input-type=module', '-e', text], { stdio: ['ignore', 'pipe', 'inherit'] })
  await once(child.stdout, 'data')
  return child
}

describe('the decoy host under hostile input', () => {
  let host: HostProcess
  before(async () => {
    await layGround()
    host = await startHost({
      stations: [
        echoStation(
          's1',
          addresses.map((each) => decoyAt(each)),
        ),
      ],
      limits: { newInAll: 20_000, newPerSource: 10_000 },
    })
  })
  after(() => host[Symbol.asyncDispose]())

  const answers = async (from: string): Promise<void> => {
    const client = await dial(address, 7001, from)
    client.say('there?\n')
    assert.equal(await client.heard(7, 5000), 'there?\n')
    client.socket.destroy()
    const peer = await datagramsFrom(from)
    peer.send('there?', address, 7001)
    await peer.until(1)
    peer.close()
    assert.deepEqual(peer.heard, [{ text: 'there?\n', from: address }])
  }

  test(`${many} connections that say anything and end in any way: no fault, and the next one is answered`, async () => {
    const { made } = await flood({ count: many, paced: true, seed: 11 })
    assert.ok(made > many / 2, `${made} made`)
    assert.equal((await host.status()).faults, 0)
    await answers('198.18.9.1')
  })

  test(`${many} datagrams with anything in them: no fault, and the next one is answered`, async () => {
    await flood({ transport: 'udp', ports: [7001], count: many, seed: 12 })
    assert.equal((await host.status()).faults, 0)
    await sleep(1000)
    await answers('198.18.9.2')
  })

  test('personalities that throw again and again cost their connections alone', async () => {
    const earlier = (await host.status()).faults
    await flood({ count: 1000, paced: true, seed: 13, faultEvery: 2, ports: [7001] })
    await sleep(300)
    assert.ok((await host.status()).faults > earlier + 100)
    await answers('198.18.9.3')
  })

  test('a client that is killed in the middle leaves nothing', async () => {
    const child = await program(`
      import { connect } from 'node:net'
      for (let n = 0; n < 50; n++) {
        const socket = connect({ host: '${address}', port: 7001, localAddress: '198.18.9.4' })
        socket.write('slow 2000\\nbytes 10000\\n')
      }
      setTimeout(() => console.log('up'), 500)
      setInterval(() => {}, 1000)`)
    assert.ok((await host.status()).connections >= 50)
    child.kill('SIGKILL')
    for (let turn = 0; turn < 100 && (await host.status()).connections > 0; turn++) await sleep(50)
    assert.equal((await host.status()).connections, 0)
    await answers('198.18.9.5')
  })

  test('a reader that is stopped holds at most what its connection may queue, and others are answered', async () => {
    const earlier = residentMb(host.pid)
    const child = await program(`
      import { connect } from 'node:net'
      for (let n = 0; n < 60; n++) {
        const socket = connect({ host: '${address}', port: 7001, localAddress: '198.18.9.6' })
        socket.on('error', () => {})
        socket.write('bytes 6000\\n'.repeat(2000))
      }
      setTimeout(() => console.log('up'), 300)
      setInterval(() => {}, 1000)`)
    child.kill('SIGSTOP')
    await sleep(1500)
    await answers('198.18.9.7')
    const grown = residentMb(host.pid) - earlier
    // Unbounded, 60 connections ask for 720 MB.
    assert.ok(grown < 100, `${grown} MB more`)
    child.kill('SIGKILL')
    await once(child, 'exit')
    for (let turn = 0; turn < 100 && (await host.status()).connections > 0; turn++) await sleep(50)
    assert.equal((await host.status()).connections, 0)
  })

  test('an edge that does not read its reports stops no answer, and fills no memory', async () => {
    await answers('198.18.9.8')
    const earlier = residentMb(host.pid)
    host.listen(false)
    await flood({ count: many, paced: true, seed: 14 })
    const client = await dial(address, 7001, '198.18.9.9')
    client.say('there?\n')
    const heard = await client.heard(7)
    client.socket.destroy()
    const grown = residentMb(host.pid) - earlier
    host.listen(true)
    assert.equal(heard, 'there?\n')
    assert.ok(grown < 100, `${grown} MB more`)
    await answers('198.18.9.10')
  })

  test(`${long ? '500,000' : '6,000'} connections leave no memory behind`, async () => {
    const [times, count] = long ? [10, 50_000] : [1, 6000]
    await flood({ count: long ? 10_000 : 2000, paced: true, seed: 20 })
    await sleep(1500)
    const earlier = residentMb(host.pid)
    let made = 0
    for (let turn = 0; turn < times; turn++) made += (await flood({ count, paced: true, seed: 21 + turn })).made
    await sleep(1500)
    const grown = residentMb(host.pid) - earlier
    const { accepted, refused, memory } = await host.status()
    process.stdout.write(
      `# ${made} made, ${accepted} accepted, ${refused} refused; ${grown.toFixed(1)} MB more, ${(memory / 2 ** 20).toFixed(0)} MB in all\n`,
    )
    assert.ok(accepted > 10_000)
    // Recordings that wait are bounded by 32 MB; a leak of 7 kB for each connection would be 42 MB.
    assert.ok(grown < 40, `${grown} MB more`)
  })
})
