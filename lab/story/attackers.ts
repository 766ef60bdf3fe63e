/** What the attackers of the story do, and where they do it from. */
import type { Plant } from '../plant/plant.ts'

export const controllers = (plant: Plant): readonly string[] => plant.hosts.filter(({ kind }) => kind === 'plc').map(({ ip }) => ip)

/** Looks for S7, Modbus and EtherNet/IP on every controller. */
export const sweepOf = (plant: Plant): readonly string[] => [
  'nmap', '-n', '-Pn', '-sS', '--disable-arp-ping', '--max-retries', '0', '--host-timeout', '4s', '-p', '102,502,44818', ...controllers(plant),
]

/** The laptop as it comes back: another card, another address. */
export const secondLaptop = { ip: '198.18.1.181', mac: '00:e0:4c:66:66:03' } as const

/** Gives a machine another address and another Ethernet address, as a new adapter would. */
export const replug = async (plant: Plant, host: string, { ip, mac }: { ip: string; mac: string }): Promise<void> => {
  for (const words of [
    ['link', 'set', 'eth0', 'down'],
    ['address', 'flush', 'dev', 'eth0'],
    ['link', 'set', 'eth0', 'address', mac],
    ['link', 'set', 'eth0', 'up'],
    ['address', 'add', `${ip}/24`, 'dev', 'eth0'],
  ])
    await plant.run(host, ['ip', ...words])
}
