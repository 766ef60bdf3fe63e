import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { connect, createServer, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { groupId, userName } from './accounts.ts'
import { author, peerOfSocket } from './author.ts'

const ann = { pid: 1, uid: 1000, gid: 1000 }
const root = { pid: 1, uid: 0, gid: 0 }
const nameOf = (uid: number): string => (uid === 1000 ? 'ann' : `uid ${uid}`)

const rows: readonly { name: string; peer: typeof ann | undefined; claimed: unknown; expect: string }[] = [
  { name: 'who the kernel says they are', peer: ann, claimed: 'ann', expect: 'ann' },
  {
    name: 'who the kernel says they are although they claim to be somebody else',
    peer: ann,
    claimed: 'root',
    expect: 'ann',
  },
  { name: 'their number when it has no name here', peer: { ...ann, uid: 65_000 }, claimed: 'x', expect: 'uid 65000' },
  { name: 'whom root speaks for', peer: root, claimed: 'ann', expect: 'ann' },
  { name: 'root when it speaks for nobody', peer: root, claimed: undefined, expect: 'root' },
  { name: 'root when its claim is no text', peer: root, claimed: 7, expect: 'root' },
  { name: 'whom they claim to be where the kernel does not say', peer: undefined, claimed: 'ann', expect: 'ann' },
  { name: 'unknown where nobody says anything', peer: undefined, claimed: undefined, expect: 'unknown' },
]
describe('an order is recorded as from', () => {
  for (const { name, peer, claimed, expect } of rows)
    it(name, () => assert.equal(author(peer, claimed, nameOf), expect))
})

describe('the other end of a unix socket', () => {
  it('is known by process, user and group', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'author-'))
    const server = createServer().listen(join(folder, 'socket'))
    const client = connect(join(folder, 'socket'))
    try {
      const peer = await new Promise<Socket>((resolve) => server.once('connection', resolve))
      assert.deepEqual(peerOfSocket(peer), { pid: process.pid, uid: process.getuid?.(), gid: process.getgid?.() })
      peer.destroy()
      assert.equal(peerOfSocket(peer), undefined)
    } finally {
      client.destroy()
      server.close()
      rmSync(folder, { recursive: true })
    }
  })
})

describe('local accounts', () => {
  const folder = mkdtempSync(join(tmpdir(), 'accounts-'))
  const passwd = join(folder, 'passwd')
  const group = join(folder, 'group')
  writeFileSync(passwd, 'root:x:0:0:root:/root:/bin/sh\nann:x:1000:1000::/home/ann:/bin/sh\n')
  writeFileSync(group, 'root:x:0:\nbulkhead:x:990:ann\n')
  it('give a user a name', () => assert.equal(userName(1000, passwd), 'ann'))
  it('leave a stranger a number', () => assert.equal(userName(1001, passwd), 'uid 1001'))
  it('leave everybody a number when the file cannot be read', () =>
    assert.equal(userName(0, `${passwd}.gone`), 'uid 0'))
  it('give a group its number', () => assert.equal(groupId('bulkhead', group), 990))
  it('take a number as it is', () => assert.equal(groupId('4242', group), 4242))
  it('know no group that is not there', () => assert.equal(groupId('nobody-here', group), undefined))
})
