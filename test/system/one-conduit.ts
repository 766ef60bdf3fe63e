/** The policy of a line with one conduit, which differs by its port alone: so that plans can be told apart. */
import { planOf, policyFromText } from '#edge/policy-source.ts'

export const sourceWith = (port: number) => `version: 1
site: line
timezone: UTC
edges:
  cell-edge:
    bridge: br0
    ports:
      plant: { zones: [supervisory] }
      cell: { zones: [cell] }
zones:
  cell: { level: 1, networks: [198.18.1.0/26], mode: enforce }
  supervisory: { level: 2, networks: [198.18.1.64/26], mode: enforce }
assets:
  plc: { ips: [198.18.1.10], zone: cell, kind: plc }
  hmi: { ips: [198.18.1.70], zone: supervisory, kind: hmi }
conduits:
  - { id: only, from: hmi, to: plc, service: tcp/${port}, reason: operation }
`
export const planWith = (port: number) =>
  planOf(policyFromText(sourceWith(port)).site, 'cell-edge', { bindings: new Map(), islands: [] })
