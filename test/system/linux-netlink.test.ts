import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { test } from 'node:test'
import { send } from '#linux/libc.ts'
import { encodeMessage, messageFlag, parseAttributes, text } from '#linux/netlink.ts'
import { NetlinkSocket, protocol } from '#linux/netlink-socket.ts'
import { chainsOf } from '#linux/nft-objects.ts'
import { links } from '#linux/rtnetlink.ts'

const getLink = 18
const newLink = 16
const nameAttribute = 3

test('who listens may ask the kernel something else between two messages of one datagram', async () => {
  for (let n = 0; n < 6; n++) execFileSync('ip', ['link', 'add', `one-${n}`, 'type', 'veth', 'peer', `two-${n}`])
  execFileSync('nft', [
    `add table inet x; ${Array.from({ length: 200 }, (_, n) => `add chain inet x chain-${n};`).join(' ')}`,
  ])
  const names = links().map(({ name }) => name)
  assert.equal(names.length, 13)
  const socket = new NetlinkSocket({ protocol: protocol.route })
  const read: string[] = []
  const all = new Promise<void>((resolve) => {
    socket.listen(
      (message) => {
        if (message.type !== newLink) return
        read.push(text(parseAttributes(message.body, 16).get(nameAttribute)) ?? '')
        assert.equal(chainsOf('inet', 'x').length, 200)
        if (read.length === names.length) resolve()
      },
      () => assert.fail('nothing is lost'),
    )
  })
  const flags = messageFlag.request | messageFlag.dump
  const question = encodeMessage({ type: getLink, flags, sequence: 1 }, new Uint8Array(16))
  send(socket.fd, question, question.length, 0)
  await all
  socket.close()
  assert.deepEqual(read, names)
})
