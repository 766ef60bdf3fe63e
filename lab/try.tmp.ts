import { buildPlant } from '#lab/plant/plant.ts'
import { createBridge } from '#linux/bridge.ts'
const p = await buildPlant()
await createBridge({ name: 'br0', ports: ['plant', 'cell-1', 'cell-2'], namespace: 'edge' })
const show = async (h: string, ...a: string[]) => {
  const r = await p.run(h, a)
  console.log('>>', h, a.join(' '), '=>', r.code, r.ms, '\n', r.stdout, r.stderr)
}
await show('ews', 'nping', '--icmp', '-c', '2', '--delay', '200ms', '198.18.1.10')
await show(
  'laptop',
  'nmap',
  '-n',
  '-Pn',
  '-sS',
  '--disable-arp-ping',
  '--max-retries',
  '0',
  '-p',
  '102,502',
  '198.18.1.10-11',
  '198.18.1.74-75',
)
await show('ews', 'nmap', '-n', '-Pn', '-sT', '-p', '80', '198.18.1.10')
await show(
  'camera',
  'nping',
  '--tcp',
  '--flags',
  'syn',
  '-p',
  '502',
  '-S',
  '198.18.1.130',
  '-c',
  '5',
  '--rate',
  '20',
  '198.18.1.10',
)
await show('camera', 'hping3', '-q', '-S', '-p', '502', '-i', 'u50', '-c', '20000', '198.18.1.10')
