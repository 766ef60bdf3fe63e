import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { Fault } from '#core/errors.ts'
import { inventoryOf } from '#discover/inventory/inventory.ts'
import type { Observed, Told } from '#discover/model.ts'
import { addresses, commandOf, conversationOf, factOf, macs, observedOf } from '#discover/plant.ts'
import { Output } from '../output.ts'
import { exportCsv, exportRows } from './export.ts'
import { importText } from './import.ts'
import { filtered, listText } from './list.ts'
import { saidOf } from './set.ts'
import { showText, shownOf } from './show.ts'
import { deviceNamed, tellOnce, toldWith, type AssetState } from './state.ts'

const { hmi, plcA, plcB, ews } = addresses
const output = new Output({ json: false, stdout: { write: () => true }, stderr: { write: () => true } })

const plant = (more: Partial<Observed> = {}): Observed => {
  const base = observedOf({
    facts: [
      factOf({ name: 'vendor', value: 'Siemens AG' }),
      factOf({ name: 'model', value: '6ES7 315-2EH14-0AB0' }),
      factOf({ name: 'vendor', value: 'Dell', address: ews, source: 'oui', confidence: 0.5 }),
    ],
    ...more,
  })
  const silent = { ...base.endpoints[0]!, address: '198.18.1.99', sent: 0 }
  return { ...base, endpoints: [...base.endpoints, silent] }
}

/** A state in memory: what is told of an address replaces what was told of it. */
const stateOf = (told: readonly Told[] = [], seen: Observed = plant()) => {
  let rows = new Map(told.map((row) => [`${row.vlan} ${row.address}`, row]))
  const state: AssetState & { readonly told: () => readonly Told[] } = {
    told: () => [...rows.values()],
    observed: () => ({ ...seen, told: [...rows.values()] }),
    tell(row) {
      const { vlan, address, ...said } = row
      if (Object.keys(said).length === 0) rows.delete(`${vlan} ${address}`)
      else rows.set(`${vlan} ${address}`, row)
    },
    atomically(work) {
      const before = new Map(rows)
      try {
        return work()
      } catch (error) {
        rows = before
        throw error
      }
    },
    close() {},
  }
  return state
}

const known = (observed: Observed) => ({ observed, inventory: inventoryOf(observed) })
const faultOf = (work: () => unknown): Fault => {
  try {
    work()
  } catch (error) {
    if (error instanceof Fault) return error
    throw error
  }
  return assert.fail('nothing was thrown')
}

describe('list', () => {
  const { devices } = known(plant({ told: [{ vlan: 0, address: '198.18.1.77', name: 'spare' }] })).inventory
  const ids = (filters: Parameters<typeof filtered>[1]) => filtered(devices, filters).map(({ ips }) => ips[0])

  test('leaves out addresses that never answered, but not what a person told of', () => {
    assert.deepEqual(ids({}), [plcA, plcB, '198.18.1.77', hmi, ews])
    assert.deepEqual(ids({ unanswered: true }), [plcA, plcB, '198.18.1.77', '198.18.1.99', hmi, ews])
  })

  test('filters by kind, level and words of the vendor', () => {
    assert.deepEqual(ids({ kind: 'plc' }), [plcA, plcB])
    assert.deepEqual(ids({ vendor: 'siemens' }), [plcA])
    assert.deepEqual(ids({ vendor: 'sie' }), [])
    assert.deepEqual(ids({ level: 1, vendor: 'SIEMENS AG' }), [plcA])
  })

  test('shows what a device is, how sure that is, and who answers for it', () => {
    const told = [{ vlan: 0, address: plcA, owner: 'line-1', kind: 'sis' as const, name: 'sis-1' }]
    const text = listText(output, known(plant({ told })).inventory.devices.slice(0, 2))
    assert.match(text, /^ID +KIND +LEVEL +VENDOR +MODEL +ADDRESSES +OWNER$/m)
    assert.match(text, /^sis-1 +sis +1 +Siemens AG +6ES7 315-2EH14-0AB0 +198\.18\.1\.10 +line-1$/m)
    assert.match(text, /^device-198\.18\.1\.11|plc-198\.18\.1\.11 +plc \d\d% /m)
  })

  test('does not let a device steer the terminal', () => {
    const facts = [factOf({ name: 'model', value: 'S7-1200\u001b[2J\u202e' })]
    assert.match(listText(output, known(plant({ facts })).inventory.devices), /S7-1200·\[2J·/)
  })
})

describe('a device is found', () => {
  const { inventory } = known(plant())
  for (const name of [plcA, macs.plcA, macs.plcA.toUpperCase(), inventory.at(0, plcA)!.id])
    test(`by ${name}`, () => assert.deepEqual(deviceNamed(inventory, name).ips, [plcA]))

  test('or the name that was meant is said', () => {
    const { id } = inventory.at(0, plcA)!
    const fault = faultOf(() => deviceNamed(inventory, id.replace('plc', 'pcl')))
    assert.equal(fault.code, 'not-found')
    assert.match(fault.message, new RegExp(`did you mean \`${id}\``))
  })

  test('in the VLAN that is said, where several have the address', () => {
    const seen = plant()
    const twice = {
      ...seen,
      endpoints: [...seen.endpoints, { ...seen.endpoints[0]!, vlan: 20, address: plcA }],
    }
    const both = inventoryOf(twice)
    assert.match(faultOf(() => deviceNamed(both, plcA)).message, /several VLANs: untagged, 20/)
    assert.equal(deviceNamed(both, plcA, '20').vlan, 20)
    assert.equal(deviceNamed(both, plcA, 'untagged').vlan, 0)
    assert.equal(faultOf(() => deviceNamed(both, plcA, '5000')).code, 'usage')
  })
})

describe('show', () => {
  test('has every fact with its packet, and the conversations with their commands', () => {
    const all = known(
      plant({
        conversations: [
          conversationOf({ commands: [commandOf({ op: 'write-single-register', risk: 'write', count: 12 })] }),
          conversationOf({ id: 'f2', client: hmi, server: plcB, commands: [] }),
        ],
      }),
    )
    const shown = shownOf(all, all.inventory.at(0, plcA)!)
    assert.deepEqual(
      shown.conversations.map(({ id }) => id),
      ['f1'],
    )
    const text = showText(output, shown, all, false)
    assert.match(text, /^ {2}kind +plc \(\d\d%\): model "6ES7 315-2EH14-0AB0" \(modbus\); answers modbus/m)
    assert.match(text, /^model +6ES7 315-2EH14-0AB0 +modbus +95% +1 +line\.pcap packet 1, 2026-03-02T06:00:00Z$/m)
    assert.match(text, /^asked by +\S+ +modbus +7200 \/ 3600 +write-single-register ×12 +line\.pcap packet 1/m)
    assert.match(text, /^Who answers for /m)
  })

  test('says that nobody may be there', () => {
    const all = known(plant())
    assert.match(showText(output, shownOf(all, all.inventory.at(0, '198.18.1.99')!), all, false), /nobody may be there/)
  })
})

describe('set', () => {
  const refused: readonly (readonly [string, Parameters<typeof saidOf>[0], RegExp])[] = [
    ['nothing', {}, /Nothing was said/],
    ['a level that does not exist', { level: '6' }, /--level: `6` is no Purdue level/],
    ['a misspelt criticality', { criticality: 'hihg' }, /did you mean high/],
    ['a name that nothing is left of', { name: '***' }, /nothing of the name/],
    ['an owner of a novel', { owner: 'x'.repeat(501) }, /more than 500 characters/],
    ['an empty owner', { owner: ' ' }, /--owner is empty/],
  ]
  for (const [name, options, says] of refused)
    test(`refuses ${name}`, () => {
      const fault = faultOf(() => saidOf(options))
      assert.equal(fault.code, 'usage')
      assert.match(fault.message, says)
    })

  test('keeps what was said before, in one row, and takes back what is forgotten', () => {
    const state = stateOf([{ vlan: 0, address: macs.plcA, owner: 'line-1', note: 'old' }])
    const all = known(state.observed())
    const device = all.inventory.at(0, plcA)!
    tellOnce(state, all, device, toldWith(device, saidOf({ kind: 'plc', name: 'PLC Füll 1' }), ['note']))
    assert.deepEqual(state.told(), [{ vlan: 0, address: plcA, name: 'plc-full-1', kind: 'plc', owner: 'line-1' }])
  })
})

const imports: readonly (readonly [name: string, text: string, told: readonly Told[]])[] = [
  [
    'a table with titles in any case and order',
    'Owner;IP Address;Kind\nline-1;198.18.1.10;PLC\n',
    [{ vlan: 0, address: plcA, kind: 'plc', owner: 'line-1' }],
  ],
  [
    'devices of NetBox as CSV, with what has no field in the note',
    `name,manufacturer,device_type,role,primary_ip4,mac_address,site,location\nsw-7,Cisco,IE-4000,Access Switch,198.18.1.10/24,,Plant,Cell 1\n`,
    [
      {
        vlan: 0,
        address: plcA,
        name: 'sw-7',
        kind: 'switch',
        vendor: 'Cisco',
        note: 'at Plant; at Cell 1; model IE-4000',
      },
    ],
  ],
  [
    'devices of NetBox as JSON',
    JSON.stringify({
      count: 1,
      results: [
        {
          id: 7,
          name: 'HMI 1',
          device_type: { model: 'TP1200', manufacturer: { name: 'Siemens' } },
          role: { name: 'Line panel' },
          primary_ip4: { address: '198.18.2.70/24', family: 4 },
          tenant: null,
          tags: [],
        },
      ],
    }),
    [{ vlan: 0, address: hmi, name: 'hmi-1', vendor: 'Siemens', note: 'model TP1200; role Line panel' }],
  ],
  [
    'a row that knows the Ethernet address alone, as a switch prints it',
    'mac,owner\n001b.1baa.0010,line-1\n',
    [{ vlan: 0, address: plcA, owner: 'line-1' }],
  ],
  [
    'a device that was not seen',
    'ip,vlan,name\n198.18.9.9,20,spare\n',
    [{ vlan: 20, address: '198.18.9.9', name: 'spare' }],
  ],
  ['a cell that was guarded against formulas', `ip,note\n198.18.1.10,'=x\n`, [{ vlan: 0, address: plcA, note: '=x' }]],
  ['empty cells, which change nothing', 'ip,owner,kind\n198.18.1.10,,\n', []],
]

describe('import takes', () => {
  for (const [name, text, told] of imports)
    test(name, () => {
      const state = stateOf()
      assert.equal(importText(state, text).told, told.length)
      assert.deepEqual(state.told(), told)
    })

  test('what is new to what was said before', () => {
    const state = stateOf([{ vlan: 0, address: plcA, owner: 'line-1', note: 'spare in store 3' }])
    assert.deepEqual(importText(state, 'ip,owner\n198.18.1.10,line-2\n'), {
      told: 1,
      unseen: 0,
      unchanged: 0,
      ignored: [],
    })
    assert.deepEqual(state.told(), [{ vlan: 0, address: plcA, owner: 'line-2', note: 'spare in store 3' }])
    assert.equal(importText(state, 'ip,owner\n198.18.1.10,line-2\n').unchanged, 1)
  })
})

const unusable: readonly (readonly [name: string, text: string, says: RegExp])[] = [
  ['a kind that is none', 'ip,kind\n198.18.1.10,plk\n', /^line 2: `plk` is no kind; did you mean plc\?$/],
  ['an address that is none', 'ip,kind\n198.18.1,plc\n', /^line 2: `198\.18\.1` is no address/],
  ['an address of a group', 'ip,kind\n224.0.0.1,plc\n', /^line 2: `224\.0\.0\.1` is no address of a device/],
  ['an Ethernet address that is none', 'mac,kind\n00:11,plc\n', /^line 2: `00:11` is no Ethernet address/],
  ['no address', 'ip,kind\n,plc\n', /^line 2: it has no address$/],
  ['a VLAN that is none', 'ip,vlan,kind\n198.18.1.10,9999,plc\n', /^line 2: `9999` is no VLAN$/],
  ['more cells than titles', 'ip,kind\n198.18.1.10,plc,x\n', /^line 2: it has 3 cells/],
  [
    'the device of an earlier row',
    'ip,mac,owner\n198.18.1.10,,a\n,00:1b:1b:aa:00:10,b\n',
    /^line 3: line 2 is about \S+ already$/,
  ],
  ['no object', '[{"ip":"198.18.1.10","owner":"a"},7]', /^entry 2: it is no object$/],
]

describe('import names a row with', () => {
  for (const [name, text, says] of unusable)
    test(`${name}, and takes nothing`, () => {
      const state = stateOf()
      const fault = faultOf(() => importText(state, text))
      assert.equal(fault.code, 'usage')
      assert.match(fault.details[0] ?? '', says)
      assert.deepEqual(state.told(), [])
    })

  test('every other that cannot be used', () => {
    const state = stateOf()
    const fault = faultOf(() => importText(state, 'ip,kind\n198.18.1.10,plk\n198.18.1.11,plc\n198.18.1.12,hmj\n'))
    assert.match(fault.message, /2 rows cannot be used; nothing was imported/)
    assert.equal(fault.details.length, 2)
    assert.deepEqual(state.told(), [])
  })

  for (const [name, text] of [
    ['no address column', 'name,colour\nplc,red\n'],
    ['JSON that is cut', '[{"ip":'],
    ['JSON without a list', '{"ip":"198.18.1.10"}'],
  ] as const)
    test(`refuses a file with ${name}`, () => assert.equal(faultOf(() => importText(stateOf(), text)).code, 'usage'))
})

describe('an export', () => {
  const rowsOf = (observed: Observed) => exportRows(known(observed).inventory.devices.filter(({ silent }) => !silent))

  test('that comes back unchanged says nothing', () => {
    const state = stateOf([{ vlan: 0, address: plcA, owner: 'line-1', note: '=1+1' }])
    const done = importText(state, exportCsv(rowsOf(state.observed())))
    assert.deepEqual([done.told, done.unchanged, done.ignored], [0, 4, []])
  })

  test('that was filled in tells what was filled in, and no guesses', () => {
    const state = stateOf()
    const rows = rowsOf(state.observed()).map((row) =>
      row.ip === plcB ? { ...row, owner: 'line-2', kind: 'sis' as const } : row,
    )
    for (const text of [exportCsv(rows), JSON.stringify(rows)]) {
      const copy = stateOf()
      importText(copy, text)
      assert.deepEqual(copy.told(), [{ vlan: 0, address: plcB, kind: 'sis', owner: 'line-2' }])
    }
  })

  test('has no cell that a spreadsheet runs, whatever a device says', () => {
    const facts = [factOf({ name: 'vendor', value: '=cmd|x' }), factOf({ name: 'model', value: '@SUM(1)' })]
    const csv = exportCsv(rowsOf(plant({ facts })))
    assert.ok(csv.includes("'=cmd|x") && csv.includes("'@SUM(1)"))
    assert.doesNotMatch(csv, /(^|,|\n)"?[=+@-]/)
  })
})
