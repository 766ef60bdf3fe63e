/** Every codec reads the public captures as tshark does. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { withoutCaptures } from '../fixtures/captures.ts'
import { loadOracles } from '../oracle/oracles.ts'
import { agreement, compareProtocol, required } from '../oracle/protocol.ts'
import { withoutTshark } from '../oracle/tshark.ts'

const without = withoutTshark() ?? withoutCaptures()
// A conformance run is a hundred captures, a folder a few dozen much alike. A long run asks tshark about each by itself.
const choice = process.env['BULKHEAD_TEST'] === 'long' ? {} : { every: 50, ofFolder: 4, together: true }
const subjects = await loadOracles()

describe('codecs and tshark read the same', { skip: without ?? false }, () => {
  for (const subject of subjects)
    test(`${subject.oracle.protocol}, at least ${required} %, and every difference has a known reason`, async () => {
      const results = await compareProtocol(subject, choice)
      const open = results.flatMap(({ capture, disagreements }) =>
        disagreements.filter(({ skip }) => skip === undefined).map(({ frame }) => `${capture} frame ${frame}`),
      )
      assert.deepEqual(open.slice(0, 10), [], 'npm run test:oracle shows both readings')
      assert.ok(results.length > 0)
      assert.ok(agreement(results) >= required, `${agreement(results)} %`)
    })
})
