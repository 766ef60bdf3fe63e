/** Words of a policy that those need too who never read one: apart from its schema, which takes longer to load than an inspector. */

/** From least to most strict: record, count what would be denied, deny, also contain strangers. */
export const modes = ['observe', 'shadow', 'enforce', 'contain'] as const
export type Mode = (typeof modes)[number]

export const kinds = [
  'plc',
  'rtu',
  'sis',
  'drive',
  'io',
  'hmi',
  'historian',
  'scada',
  'engineering',
  'workstation',
  'server',
  'switch',
  'router',
  'firewall',
  'gateway',
  'printer',
  'camera',
  'sensor',
  'robot',
  'meter',
  'relay',
  'other',
] as const

/** Why commands cannot be judged: see docs/policy.md, On failure. */
export const failureCauses = ['dead', 'hung', 'full', 'fault', 'memory', 'unsynchronised'] as const
export type FailureCause = (typeof failureCauses)[number]
