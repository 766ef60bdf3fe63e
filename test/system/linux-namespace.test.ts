import assert from 'node:assert/strict'
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { readdirSync, readlinkSync } from 'node:fs'
import { createServer } from 'node:net'
import { after, before, suite, test } from 'node:test'
import { Fault } from '#core/errors.ts'
import { runIp } from '#linux/ip.ts'
import { bindUdpIn, connectIn, createNamespace, deleteNamespace, inNamespace, listenIn } from '#linux/namespace.ts'
import { links, watchLinks, type LinkChange } from '#linux/rtnetlink.ts'
import { readSysctl, sysctls, writeSysctl } from '#linux/sysctl.ts'
import { setTimeout } from 'node:timers/promises'

const here = () => readlinkSync('/proc/thread-self/ns/net')
const faultOf = (code: string, words: RegExp) => (error: unknown) =>
  error instanceof Fault && error.code === code && words.test(error.message)

suite('network namespaces', () => {
  before(async () => {
    await createNamespace('one')
    await createNamespace('two')
    await runIp(['link', 'add', 'wire', 'netns', 'one', 'type', 'veth', 'peer', 'name', 'wire', 'netns', 'two'])
    for (const [name, host] of [
      ['one', 1],
      ['two', 2],
    ] as const) {
      await runIp(['address', 'add', `198.18.5.${host}/24`, 'dev', 'wire'], { namespace: name })
      await runIp(['address', 'add', `fd00:198:18:5::${host}/64`, 'dev', 'wire', 'nodad'], { namespace: name })
      await runIp(['link', 'set', 'wire', 'up'], { namespace: name })
    }
  })
  after(async () => {
    await deleteNamespace('one')
    await deleteNamespace('two')
  })

  test('the thread is inside during the call and back after it', () => {
    const home = here()
    const inside = inNamespace('one', here)
    assert.notEqual(inside, home)
    assert.equal(here(), home)
    assert.equal(inNamespace('one', here), inside)
  })

  test('it comes back when the function throws, and out of a namespace within a namespace', () => {
    const home = here()
    assert.throws(() => inNamespace('one', () => assert.fail('on purpose')), /on purpose/)
    assert.equal(here(), home)
    inNamespace('one', () => {
      const one = here()
      inNamespace('two', () => assert.notEqual(here(), one))
      assert.equal(here(), one)
    })
    assert.equal(here(), home)
  })

  test('an asynchronous function is refused, because it would go on in the wrong network', () =>
    assert.throws(() => inNamespace('one', () => Promise.resolve()), faultOf('internal', /asynchronous/)))

  test('a thousand visits leave no descriptor', () => {
    const descriptors = readdirSync('/proc/self/fd').length
    for (let i = 0; i < 1000; i++) inNamespace('one', () => undefined)
    assert.equal(readdirSync('/proc/self/fd').length, descriptors)
  })

  test('a namespace that is not there is named', () =>
    assert.throws(() => inNamespace('nowhere', () => 0), faultOf('not-found', /"nowhere"/)))

  for (const name of ['../../etc', 'a/b', '', '-n', '.', '..'])
    test(`"${name}" is no name`, async () => {
      assert.throws(() => inNamespace(name, () => 0), faultOf('usage', /no name/))
      await assert.rejects(createNamespace(name), faultOf('usage', /no name/))
    })

  for (const [family, host] of [
    ['IPv4', '198.18.5.1'],
    ['IPv6', 'fd00:198:18:5::1'],
  ] as const) {
    test(`one process serves ${family} in one namespace and asks from another`, async () => {
      const server = createServer((socket) => socket.pipe(socket))
      server.listen({ fd: listenIn('one', { host, port: 502 }) })
      await once(server, 'listening')
      const client = await connectIn('two', { host, port: 502, localPort: 40_123 })
      client.write('poll')
      const [answer] = await once(client, 'data')
      assert.equal(String(answer), 'poll')
      assert.equal(client.localPort, 40_123)
      client.destroy()
      server.close()
      await once(server, 'close')
    })

    test(`a ${family} datagram arrives in the namespace whose socket is bound there`, async () => {
      const socket = createSocket(family === 'IPv4' ? 'udp4' : 'udp6')
      socket.bind({ fd: bindUdpIn('one', { host, port: 47_808 }) })
      const sender = createSocket(family === 'IPv4' ? 'udp4' : 'udp6')
      sender.bind({ fd: bindUdpIn('two', { host: family === 'IPv4' ? '198.18.5.2' : 'fd00:198:18:5::2', port: 0 }) })
      sender.send('who-is', 47_808, host)
      const [message] = await once(socket, 'message')
      assert.equal(String(message), 'who-is')
      socket.close()
      sender.close()
    })
  }

  test('a refused connection says so', () =>
    assert.rejects(connectIn('two', { host: '198.18.5.1', port: 503 }), /198\.18\.5\.1 port 503: Connection refused/))

  test('a connection nobody answers is given up in time', () =>
    assert.rejects(connectIn('two', { host: '198.18.5.77', port: 502, timeoutMs: 100 }), /timed out/))

  test('an address that is taken, or not there, is an error that names it', () => {
    const server = createServer().listen({ fd: listenIn('one', { host: '198.18.5.1', port: 504 }) })
    assert.throws(() => listenIn('one', { host: '198.18.5.1', port: 504 }), /198\.18\.5\.1 port 504.*in use/)
    assert.throws(() => listenIn('one', { host: '198.18.5.9', port: 504 }), /198\.18\.5\.9 port 504.*assign/)
    assert.throws(() => listenIn('one', { host: 'plc', port: 504 }), faultOf('usage', /"plc" is no IP address/))
    server.close()
  })
})

suite('links', () => {
  test('appearing, going up, being renamed and disappearing are reported in order', async (t) => {
    const changes: LinkChange[] = []
    const watch = watchLinks((change) => changes.push(change))
    t.after(() => watch.close())
    await runIp(['link', 'add', 'far', 'type', 'veth', 'peer', 'name', 'near'])
    await runIp(['link', 'set', 'near', 'name', 'close'])
    await runIp(['link', 'set', 'close', 'up'])
    await runIp(['link', 'set', 'far', 'up'])
    await setTimeout(1200) // the kernel reports a carrier at most once a second
    await runIp(['link', 'delete', 'far'])
    await setTimeout(50)
    const index = changes.find(({ link }) => link.name === 'near')?.link.index
    const near = changes.filter(({ link }) => link.index === index)
    const kinds = near.map(({ kind }) => kind)
    assert.deepEqual(
      kinds.filter((kind, i) => kind !== kinds[i - 1]),
      ['appeared', 'changed', 'disappeared'],
    )
    assert.ok(near.some((change) => change.before?.name === 'near' && change.link.name === 'close'))
    assert.ok(
      near.some(
        ({ link, ...change }) => change.before?.carrier === false && link.up && link.carrier && link.kind === 'veth',
      ),
    )
    assert.ok(near.every((change) => (change.kind === 'appeared') === (change.before === undefined)))
    assert.deepEqual(
      [...watch.links.values()].map((link) => link.name),
      ['lo'],
    )
  })

  test('a snapshot agrees with what the ip command says', async () => {
    await runIp(['link', 'add', 'br9', 'type', 'bridge'])
    await runIp(['link', 'add', 'far', 'mtu', '1400', 'type', 'veth', 'peer', 'name', 'near'])
    await runIp(['link', 'set', 'near', 'master', 'br9'])
    const rows: { ifindex: number; ifname: string; mtu: number; address: string; master?: string }[] = JSON.parse(
      await runIp(['-j', 'link', 'show']),
    )
    const snapshot = links()
    const nameOf = (index: number | undefined) => snapshot.find((link) => link.index === index)?.name
    assert.deepEqual(
      snapshot.map(({ index, name, mtu, mac, master }) => [index, name, mtu, mac, nameOf(master)]),
      rows.map(({ ifindex, ifname, mtu, address, master }) => [ifindex, ifname, mtu, address, master]),
    )
    await runIp(['link', 'delete', 'br9'])
    await runIp(['link', 'delete', 'far'])
  })
})

suite('sysctls', () => {
  test('a value is written in one namespace and not in another', async () => {
    await createNamespace('three')
    const own = readSysctl(sysctls.bridgeCallIptables)
    writeSysctl(sysctls.bridgeCallIptables, 1, { namespace: 'three' })
    assert.equal(readSysctl(sysctls.bridgeCallIptables, { namespace: 'three' }), '1')
    writeSysctl(sysctls.bridgeCallIptables, 0, { namespace: 'three' })
    assert.equal(readSysctl(sysctls.bridgeCallIptables, { namespace: 'three' }), '0')
    assert.equal(readSysctl(sysctls.bridgeCallIptables), own)
    await deleteNamespace('three')
  })

  test('every sysctl the datapath needs is there', () => {
    for (const name of Object.values(sysctls)) assert.match(readSysctl(name), /^\d+$/, name)
  })

  test('one the kernel does not have is named, with the module it comes from', () => {
    assert.throws(
      () => readSysctl('net.bridge.no-such'),
      faultOf('kernel-feature-missing', /net\.bridge\.no-such.*br_netfilter/),
    )
    assert.equal(writeSysctl('net.bridge.no-such', 1, { optional: true }), false)
  })

  test('a name cannot leave /proc/sys', () =>
    assert.throws(() => readSysctl(['net', '..', '..', 'version']), faultOf('usage', /no sysctl/)))
})
