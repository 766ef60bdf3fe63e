/** Services that are an EtherType and nothing else: policy names them, and no inspector looks inside. */
import type { Broadcast, Companion } from '#core/protocol.ts'

/** By the names that policy uses. Numbers: IEEE EtherType registry. */
export const etherTypes = {
  // Process data with a cycle of milliseconds or less: kernel verdicts only.
  profinet: 0x8892,
  ethercat: 0x88a4,
  powerlink: 0x88ab,
  sercos: 0x88cd,
  'cc-link-ie': 0x890f,
  epa: 0x88bc,
  tcnet: 0x888b,
  rapienet: 0x88fe,
  ttethernet: 0x891d,

  // IEC 61850 in substations.
  goose: 0x88b8,
  gse: 0x88b9,
  sv: 0x88ba,

  // Redundancy.
  mrp: 0x88e3,
  dlr: 0x80e1,
  prp: 0x88fb,
  hsr: 0x892f,

  // Neighbours, time, port access.
  lldp: 0x88cc,
  ptp: 0x88f7,
  eapol: 0x888e,
  macsec: 0x88e5,
  avtp: 0x22f0,
  'wake-on-lan': 0x0842,
} as const
export type Layer2Name = keyof typeof etherTypes

/** IP conversations that belong to a layer-2 service: without them its devices never reach cyclic exchange. */
export const layer2Companions: Readonly<Partial<Record<Layer2Name, readonly Companion[]>>> = {
  // IEC 61158-6-10: the controller connects to the device, which reports "application ready" back.
  profinet: [
    {
      id: 'profinet-context-manager',
      summary: 'The controller establishes the relation with a device',
      transport: 'udp',
      from: 'client',
      port: 34964,
    },
    {
      id: 'profinet-application-ready',
      summary: 'The device calls its controller back',
      transport: 'udp',
      from: 'server',
      port: 34964,
    },
  ],
}

export const layer2Broadcast: readonly Broadcast[] = [
  {
    id: 'profinet-dcp',
    summary: 'PROFINET discovery and basic configuration; the EtherType also carries the rest of PROFINET',
    match: { etherType: etherTypes.profinet },
  },
  { id: 'goose-events', summary: 'IEC 61850 GOOSE', match: { etherType: etherTypes.goose } },
  { id: 'sampled-values', summary: 'IEC 61850 sampled values', match: { etherType: etherTypes.sv } },
]
