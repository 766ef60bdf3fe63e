/** The public captures are read to the last packet. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { Headers } from '#packet/headers.ts'
import { LinkLayer } from '#packet/link-layer.ts'
import { withoutCaptures } from '../fixtures/captures.ts'
import { readIndex, recordsOf } from '../oracle/captures.ts'

const without = withoutCaptures()
const rows = without === undefined ? Map.groupBy(readIndex(), ({ row }) => row) : new Map<string, []>()

describe('public captures are read to the last packet', { skip: without ?? false }, () => {
  const link = new LinkLayer()
  const headers = new Headers()
  for (const [row, captures] of rows)
    test(row, () => {
      let packets = 0
      for (const { file } of captures)
        for (const { bytes, linkType } of recordsOf(file)) {
          packets++
          const { content, offset } = link.read(linkType, bytes)
          if (content === 'ethernet') headers.readFrame(bytes, offset, bytes.length)
          else if (content === 'ip') headers.readIp(bytes, offset, bytes.length)
          assert.ok(headers.payloadEnd <= bytes.length)
        }
      assert.equal(packets, captures[0]?.packetsOfRow)
    })
})
