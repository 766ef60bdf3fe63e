import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { personas as shipped } from '#protocols/personas/index.ts'
import { decoysOf, ids, plan, pool, seed, span, stand } from '../../../test/fixtures/decoy-placement.ts'
import { capacityOf, mayAgree } from './patterns.ts'
import { place } from './placement.ts'

const epochs = process.env['BULKHEAD_TEST'] === 'long' ? [0, 1, 2, 1000, 123_456_789] : [0, 123_456_789]

/** A pool of 16 networks that is full. */
const sixteen = Array.from({ length: 16 }, (_, i) => span(`198.18.${16 + i}`, 0, 255)).flat()

describe('no two decoys share', () => {
  const rows = [
    ...ids.map((id) => ({ name: `4,096 of ${id}`, mix: [{ persona: id, count: 'rest' as const }] })),
    { name: '4,096 of all', mix: ids.map((id, i) => ({ persona: id, count: i === 0 ? ('rest' as const) : 1024 })) },
  ]
  for (const { name, mix } of rows)
    test(`a serial, a name, a number, a seed or an address: ${name}`, () => {
      const full = plan([pool({ addresses: sixteen, real: [], personas: mix })])
      for (const epoch of epochs) {
        const decoys = decoysOf(stand(full, { epoch }))
        assert.equal(decoys.length, 4096)
        for (const field of ['address', 'serial', 'serialNumber', 'seed'] as const)
          assert.equal(new Set(decoys.map((decoy) => decoy[field])).size, 4096, `${field} at ${epoch}`)
        assert.equal(new Set(decoys.map((decoy) => decoy.name.toLowerCase())).size, 4096, `names at ${epoch}`)
        for (const decoy of decoys) {
          assert.match(decoy.name, /^[A-Za-z0-9-]{3,15}$/)
          assert.ok(decoy.serialNumber > 0 && decoy.serialNumber < 2 ** 32)
        }
      }
    })

  test('anything among 4,096 of the personas that are shipped, whose prefixes they have', () => {
    const all = Object.keys(shipped)
    const each = Math.floor(4096 / Math.max(1, all.length))
    const full = plan(
      [pool({ addresses: sixteen, real: [], personas: all.map((id) => ({ persona: id, count: each })) })],
      {
        maxMacs: 64,
      },
    )
    for (const epoch of epochs) {
      const stations = place(full, { seed, epoch, withdrawn: new Set(), taken: new Set() })
      const decoys = decoysOf(stations)
      assert.equal(decoys.length, each * all.length)
      for (const field of ['address', 'serial', 'name', 'serialNumber', 'seed'] as const)
        assert.equal(new Set(decoys.map((decoy) => decoy[field])).size, decoys.length, `${field} at ${epoch}`)
      for (const { persona, mac } of stations) assert.ok(shipped[persona]?.ouis.includes(mac.slice(0, 8)), mac)
    }
  })

  test('what somebody had before they moved', () => {
    const all = plan([pool({ personas: [{ persona: 'siemens', count: 40 }] })])
    const met = new Map<string, string>()
    for (let epoch = 0; epoch < 200; epoch++)
      for (const { serial, address, name } of decoysOf(stand(all, { epoch }))) {
        const who = `${address} ${name}`
        assert.equal(met.get(serial) ?? who, who)
        met.set(serial, who)
      }
    assert.ok(met.size > 2000)
  })
})

describe('serials and names have the pattern of the persona', () => {
  const all = decoysOf(
    stand(
      plan([
        pool({
          personas: [
            { persona: 'siemens', count: 20 },
            { persona: 'rockwell', count: 20 },
          ],
        }),
      ]),
    ),
  )
  const forms: Readonly<Record<string, RegExp[]>> = {
    siemens: [/^S C-[A-Z][0-9A-F]\d{6}$/, /^plc-\d{4}$/],
    rockwell: [/^[0-9A-F]{8}$/, /^1756-[A-Z]{2}\d\d$/],
  }
  for (const decoy of all)
    test(`${decoy.persona} ${decoy.serial} ${decoy.name}`, () => {
      assert.match(decoy.serial, forms[decoy.persona]?.[0] ?? /^$/)
      assert.match(decoy.name, forms[decoy.persona]?.[1] ?? /^$/)
    })
})

describe('two patterns that allow one text', () => {
  const rows: readonly [string, string, boolean][] = [
    ['plc-1###', 'PLC-####', true],
    ['%%%%', '@###', true],
    ['plc-####', 'rtu-####', false],
    ['plc-@', 'plc-#', false],
    ['###', '####', false],
  ]
  for (const [a, b, wanted] of rows)
    test(`${a} and ${b}: ${wanted ? 'yes' : 'no'}`, () => assert.equal(mayAgree(a, b), wanted))

  test('are none of those that are shipped, unless one has so many that they never do', () => {
    for (const field of ['serial', 'name'] as const) {
      const patterns = [...new Set(Object.values(shipped).map((each) => each[field]))]
      for (const [i, a] of patterns.entries())
        for (const b of patterns.slice(0, i))
          assert.ok(!mayAgree(a, b) || Math.max(capacityOf(a), capacityOf(b)) === 2 ** 32, `${field} ${a} and ${b}`)
    }
  })
})
