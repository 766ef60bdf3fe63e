/** A policy under which the frames of frames.ts are permitted, infrastructure, or neither. */
import { edgeName, type Document } from '../differential/policy.ts'
import type { Mode } from '#schema/site.ts'
import { addresses, macs } from './frames.ts'

export { edgeName }

export const policy = (mode: Mode): Document => ({
  version: 1,
  site: 'invisible',
  edges: {
    [edgeName]: {
      bridge: 'br0',
      ports: {
        plant: { zones: ['supervisory'], vlans: ['untagged', 20] },
        cell: { zones: ['cell'], vlans: ['untagged', 20] },
      },
    },
  },
  zones: {
    cell: { level: 1, networks: ['198.18.1.0/26', 'fd00:198:18:1::/64'], mode },
    supervisory: { level: 2, networks: ['198.18.1.64/26', 'fd00:198:18:2::/64'], mode },
  },
  assets: {
    plc: { ips: [...addresses.plc], macs: [macs.plc], zone: 'cell', kind: 'plc' },
    hmi: { ips: [...addresses.hmi], macs: [macs.hmi], zone: 'supervisory', kind: 'hmi' },
  },
  conduits: ['modbus', 'udp/2222', 'icmp'].map((service, at) => ({ id: `c${at}`, from: 'hmi', to: 'plc', service })),
  layer2: [{ zones: ['cell', 'supervisory'], allow: ['profinet', 'goose'] }],
})
