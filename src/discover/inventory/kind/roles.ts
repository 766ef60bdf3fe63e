/** The word that a protocol of identity has for a device: LLDP capabilities, SNMP, PROFINET roles, SSDP. */
import type { Kind } from '../../model.ts'
import { kinds } from '#schema/site.ts'

const words: Readonly<Record<string, Kind>> = {
  controller: 'plc',
  'io-controller': 'plc',
  'io-device': 'io',
  'io-supervisor': 'engineering',
  ied: 'relay',
  outstation: 'rtu',
  master: 'scada',
  bridge: 'switch',
  'access-point': 'switch',
  'wlan-access-point': 'switch',
  'domain-controller': 'server',
  'dhcp-server': 'server',
  'dns-server': 'server',
  nas: 'server',
  hypervisor: 'server',
  station: 'workstation',
  'ip-camera': 'camera',
}

/** @returns undefined for a word that stands for no kind */
export const kindOfRole = (role: string): Kind | undefined => {
  const word = role
    .trim()
    .toLowerCase()
    .replaceAll(/[\s_]+/g, '-')
  return kinds.find((kind) => kind === word) ?? (Object.hasOwn(words, word) ? words[word] : undefined)
}
