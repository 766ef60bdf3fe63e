import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect, createServer, type Server } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { after, before, describe, it } from 'node:test'
import ssh2, { type ConnectConfig } from 'ssh2'
import { Random } from '#protocols/fuzz/random.ts'
import { randomBytes } from '#protocols/fuzz/mutate.ts'
import { dropbear } from '#protocols/ssh/profile.ts'
import { hostKeysOf } from './ssh-keys.ts'
import { serveSsh, type SshReport } from './ssh.ts'

const secret = Buffer.alloc(32, 3)
const { Client, utils } = ssh2
let server: Server
let port = 0
let came: SshReport[] = []
let [opened, ended] = [0, 0]

before(async () => {
  const context = {
    identity: { address: '127.0.0.1' },
    profile: { ...dropbear, methods: ['publickey', 'password', 'keyboard-interactive'] as const, tries: 3 },
    secret,
    delay: 5,
  }
  server = createServer((socket) => {
    opened++
    void serveSsh(socket, context, (report) => void came.push(report)).then(() => ended++)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  assert.ok(typeof address === 'object' && address !== null)
  ;({ port } = address)
})
after(() => server.close())

/** How a connection ended. */
const login = (config: ConnectConfig): Promise<string> => {
  came = []
  return new Promise((resolve) => {
    const client = new Client()
    client.on('ready', () => resolve('ready'))
    client.on('error', ({ message }) => resolve(message))
    client.on('keyboard-interactive', (_name, _instructions, _lang, prompts, finish) =>
      finish(prompts.map(() => 'typed')),
    )
    client.on('close', () => resolve('closed'))
    client.connect({ host: '127.0.0.1', port, username: 'ann', ...config })
  })
}
const attempts = () => came.flatMap((report) => report.attempts ?? [])

describe('ssh', () => {
  it('refuses a password and takes it as an attempt', async () => {
    assert.match(await login({ password: 'hunter2' }), /All configured authentication methods failed/)
    assert.deepEqual(attempts(), [{ user: 'ann', secret: { kind: 'password', text: 'hunter2' } }])
  })
  it('refuses what is typed at a prompt and takes it as an attempt', async () => {
    assert.match(await login({ tryKeyboard: true }), /failed/)
    assert.deepEqual(attempts(), [{ user: 'ann', secret: { kind: 'password', text: 'typed' } }])
  })
  it('refuses a key, which is no attempt', async () => {
    // One of a few hundred that ssh2 makes cannot be read by itself.
    const made = Array.from({ length: 20 }, () => utils.generateKeyPairSync('ed25519').private)
    const privateKey = made.find((text) => !(utils.parseKey(text) instanceof Error)) ?? ''
    assert.match(await login({ privateKey }), /failed/)
    assert.deepEqual(attempts(), [])
    assert.ok(came.some(({ notes }) => notes?.includes('publickey for ann')))
  })
  it('ends a connection after its tries', async () => {
    const more = ['a', 'b', 'c', 'd', 'e']
    const end = await login({
      authHandler: (_left, _partial, next) => {
        const text = more.shift()
        // The types know no simple form of it.
        if (text !== undefined) next({ type: 'password', username: 'ann', password: text })
      },
    })
    assert.notEqual(end, 'ready')
    assert.equal(attempts().length, 3)
  })
  it('cuts what is long', async () => {
    await login({ username: 'u'.repeat(1000), password: 'p'.repeat(1000) })
    assert.deepEqual(attempts(), [{ user: 'u'.repeat(128), secret: { kind: 'password', text: 'p'.repeat(128) } }])
  })
  it('shows the software and the host key of its decoy', async () => {
    let key = ''
    await login({ password: 'x', hostVerifier: (bytes: Buffer) => ((key = bytes.toString('base64')), true) })
    const [first = ''] = hostKeysOf(secret, '127.0.0.1', dropbear)
    const parsed = utils.parseKey(first)
    assert.ok(!(parsed instanceof Error))
    assert.equal(key, parsed.getPublicSSH().toString('base64'))
    const socket = connect(port, '127.0.0.1')
    const [hello] = await once(socket, 'data')
    assert.match(String(hello), /^SSH-2\.0-dropbear_2024\.85\r\n/)
    socket.destroy()
  })
  it('has host keys that follow from secret and address', () => {
    const keys = (bytes: Buffer, address: string) => hostKeysOf(bytes, address, dropbear)
    assert.deepEqual(keys(secret, '198.18.1.1'), keys(secret, '198.18.1.1'))
    assert.notDeepEqual(keys(secret, '198.18.1.1'), keys(secret, '198.18.1.2'))
    assert.notDeepEqual(keys(secret, '198.18.1.1'), keys(Buffer.alloc(32, 4), '198.18.1.1'))
  })
  it('stands 300 hostile connections, and then serves as before', async () => {
    for (let time = 0; time < 300; time++) {
      const random = new Random(Math.imul(time + 1, 0x9e37_79b1))
      const socket = connect(port, '127.0.0.1')
      socket.on('error', () => {}).resume()
      if (random.below(2) === 0) socket.write('SSH-2.0-client\r\n')
      socket.write(randomBytes(random))
      await new Promise((resolve) => socket.end(randomBytes(random), () => resolve(undefined)))
    }
    for (const deadline = Date.now() + 2000; Date.now() < deadline; await sleep(10)) if (ended === opened) break
    assert.equal(ended, opened)
    assert.match(await login({ password: 'x' }), /failed/)
  })
})
