import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect, createServer, type Socket } from 'node:net'
import { describe, it } from 'node:test'
import ssh2 from 'ssh2'
import { sampleIdentity } from '#protocols/fuzz/talk.ts'
import { dropbear } from '#protocols/ssh/profile.ts'
import { secretOf } from './certificate-secret.ts'
import { hostKeysOf } from './ssh-keys.ts'
import { sshStream } from './ssh-stream.ts'

type Report = Parameters<typeof sshStream.serve>[3]

/** Tries what follows with a port where the stream serves; both end with it. */
const served = async (
  { identity = sampleIdentity, profile = dropbear as unknown, report = (async () => {}) as Report },
  tries: (port: number) => Promise<void>,
): Promise<void> => {
  const sockets: Socket[] = []
  const server = createServer((socket) => {
    sockets.push(socket)
    sshStream.serve(socket, { identity }, profile, report)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  assert.ok(typeof address === 'object' && address !== null)
  try {
    await tries(address.port)
  } finally {
    for (const socket of sockets) socket.destroy()
    server.close()
  }
}

/** The first line that it says. */
const greeting = async (port: number): Promise<string> => {
  const socket = connect(port, '127.0.0.1')
  const [bytes]: unknown[] = await once(socket, 'data')
  socket.destroy()
  return String(bytes).split('\r\n')[0] ?? ''
}

/** The key that a client is shown; it leaves then. */
const hostKey = (port: number): Promise<string> =>
  new Promise((resolve) => {
    const client = new ssh2.Client()
    client.on('error', () => {})
    const hostVerifier = (key: Buffer): boolean => {
      resolve(key.toString('base64'))
      return false
    }
    client.connect({ host: '127.0.0.1', port, username: 'ann', password: 'x', hostVerifier })
  })
const ownKey = (identity = sampleIdentity): string => {
  const [first = ''] = hostKeysOf(secretOf(identity), identity.address, dropbear)
  const key = ssh2.utils.parseKey(first)
  assert.ok(!(key instanceof Error))
  return key.getPublicSSH().toString('base64')
}

/** One of a few hundred that ssh2 makes cannot be read by itself. */
const keyOf = (): string =>
  Array.from({ length: 20 }, () => ssh2.utils.generateKeyPairSync('ed25519').private).find(
    (text) => !(ssh2.utils.parseKey(text) instanceof Error),
  ) ?? ''

describe('SSH as a stream of the decoy host', () => {
  it('speaks first, as the software of its persona', async () => {
    assert.equal(sshStream.greets, true)
    await served({ profile: { ...dropbear, software: 'OpenSSH_7.4' } }, async (port) =>
      assert.equal(await greeting(port), 'SSH-2.0-OpenSSH_7.4'),
    )
  })
  it('speaks as Dropbear where a persona does not say', () =>
    served({ profile: undefined }, async (port) => assert.equal(await greeting(port), `SSH-2.0-${dropbear.software}`)))

  const another = { ...sampleIdentity, seed: sampleIdentity.seed + 1 }
  for (const [name, identity] of [
    ['one', sampleIdentity],
    ['another', another],
  ] as const)
    it(`shows the host key that follows from who ${name} decoy is`, () =>
      served({ identity }, async (port) => assert.equal(await hostKey(port), ownKey(identity))))
  it('shows no key twice', () => assert.notEqual(ownKey(), ownKey(another)))

  it('tells each login and what it was, and ends where no refusal may go out', async () => {
    const told: Parameters<Report>[0][] = []
    const report: Report = async (came) => {
      told.push(came)
      if (came.attempts !== undefined) throw new Error('cut off')
    }
    await served({ report }, async (port) => {
      const client = new ssh2.Client()
      const ends: string[] = []
      client.on('error', ({ message }) => ends.push(message)).on('ready', () => ends.push('ready'))
      client.connect({ host: '127.0.0.1', port, username: 'ann', password: 'hunter2' })
      await new Promise<void>((resolve) => client.on('close', () => resolve()))
      const attempts = [{ user: 'ann', secret: { kind: 'password', text: 'hunter2' } }]
      assert.deepEqual(told.at(-1), { exchanges: 1, attempts, notes: ['password for ann'] })
      assert.doesNotMatch(ends.join(' '), /ready|authentication/)
    })
  })

  it('tells who only asks what there is, or tries keys: each counts as an exchange', async () => {
    const told: Parameters<Report>[0][] = []
    await served({ report: async (came) => void told.push(came) }, async (port) => {
      const client = new ssh2.Client()
      client.on('error', () => {})
      client.connect({ host: '127.0.0.1', port, username: 'ann', privateKey: keyOf() })
      await new Promise<void>((resolve) => client.on('close', () => resolve()))
    })
    assert.deepEqual(
      told.map(({ exchanges, attempts, notes }) => [exchanges, attempts, notes?.join()?.replace(/ssh2js\S*/, '')]),
      [
        [1, undefined, 'version '],
        [1, undefined, 'none for ann'],
        [1, undefined, 'publickey for ann'],
      ],
    )
  })
})
