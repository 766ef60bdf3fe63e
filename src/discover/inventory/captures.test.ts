import assert from 'node:assert/strict'
import { existsSync, mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { capturesFolder } from '../../../test/fixtures/captures.ts'
import type { Inventory } from '../model.ts'
import { addCapture } from '../sources/add.ts'
import { openState } from '../state/state.ts'
import { inventoryOf } from './inventory.ts'

const folder = join(capturesFolder, 'ITI-ICS-Security-Tools', 'pcaps')

const read = async (path: string): Promise<Inventory> => {
  const kept = mkdtempSync(join(tmpdir(), 'bulkhead-'))
  const state = openState(kept)
  try {
    await addCapture(state, { path, size: statSync(path).size, named: true }, { decodes: true })
    return inventoryOf(state.observed())
  } finally {
    state.close()
    rmSync(kept, { recursive: true })
  }
}

const tallyOf = ({ devices }: Inventory): Readonly<Record<string, number>> => {
  const tally: Record<string, number> = {}
  for (const { kind } of devices) if (kind.confidence >= 0.5) tally[kind.value] = (tally[kind.value] ?? 0) + 1
  return tally
}

interface Row {
  readonly name: string
  readonly file: string
  readonly check: (inventory: Inventory) => void
}

const rows: readonly Row[] = [
  {
    name: 'a plant with controllers of three protocols and one server that asks them all',
    file: 'ModbusTCP/mb2.pcap',
    check: (inventory) => {
      const { plc = 0, scada: servers, hmi, engineering } = tallyOf(inventory)
      assert.ok(plc >= 29, `${plc} controllers`)
      assert.deepEqual([servers, hmi, engineering], [1, undefined, undefined])
      const scada = inventory.at(0, '141.81.0.10')
      assert.deepEqual([scada?.kind.value, scada?.level.value], ['scada', 2])
    },
  },
  {
    name: 'a controller and the station that programs it',
    file: 's7/tia_s300_downloadOb1.pcapng',
    check: (inventory) => {
      assert.deepEqual(tallyOf(inventory), { engineering: 1, plc: 1 })
      assert.equal(inventory.devices.find(({ kind }) => kind.value === 'plc')?.level.value, 1)
    },
  },
  {
    name: 'somebody who put himself between two others with ARP has neither of their addresses',
    file: 'MELSEC/melsoft_UDP_unclean_1.pcap',
    check: (inventory) => {
      const between = inventory.at(0, 'c8:5b:76:8b:4c:69')
      const addresses = ['192.168.3.101', '192.168.3.250']
      assert.ok(between !== undefined && !between.ips.some((ip) => addresses.includes(ip)), between?.ips.join(' '))
      for (const address of addresses)
        assert.deepEqual(inventory.at(0, address)?.conflicts?.[0]?.macs.slice(1), ['c8:5b:76:8b:4c:69'])
    },
  },
]

describe('the inventory of a public capture:', () => {
  for (const { name, file, check } of rows) {
    const path = join(folder, file)
    test(name, { skip: existsSync(path) ? false : `${path} is not there` }, async () => check(await read(path)))
  }
})
