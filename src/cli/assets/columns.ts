/** Names of columns, as spreadsheets, asset lists and NetBox exports have them. */
import { toldFields } from './state.ts'

const columns = [...toldFields, 'ip', 'mac', 'vlan', 'model', 'role', 'place', 'confidence'] as const
export type Column = (typeof columns)[number]

const names: Readonly<Record<Column, readonly string[]>> = {
  name: ['name', 'hostname', 'host', 'asset', 'asset name', 'device', 'device name'],
  ip: [
    'ip',
    'address',
    'ip address',
    'ip addresses',
    'ipv4',
    'primary ip',
    'primary ip4',
    'primary ipv4',
    'primary ip6',
    'primary ipv6',
  ],
  mac: ['mac', 'mac address', 'mac addresses', 'primary mac address', 'ethernet'],
  vlan: ['vlan', 'vlan id', 'vid'],
  kind: ['kind'],
  role: ['role', 'device role', 'function'],
  level: ['level', 'purdue', 'purdue level'],
  zone: ['zone', 'cell'],
  owner: ['owner', 'tenant', 'contact', 'responsible'],
  vendor: ['vendor', 'manufacturer', 'make', 'maker'],
  model: ['model', 'device type', 'type', 'product'],
  criticality: ['criticality'],
  note: ['note', 'notes', 'comment', 'comments', 'description'],
  place: ['site', 'location', 'area', 'building'],
  confidence: ['kind confidence'],
}

const byName = new Map<string, Column>()
for (const column of columns) for (const name of names[column]) byName.set(name, column)

/** What a title stands for, whatever its case and however its words are joined. */
export const columnOf = (title: string): Column | undefined =>
  byName.get(
    title
      .trim()
      .toLowerCase()
      .replaceAll(/[\s_./-]+/g, ' '),
  )
