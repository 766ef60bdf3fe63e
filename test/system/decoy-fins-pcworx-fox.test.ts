/** Personas that speak FINS, PCWorx and Fox, as the scripts of nmap that look for them see them. */
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { createSocket } from 'node:dgram'
import { after, before, describe, test } from 'node:test'
import { promisify } from 'node:util'
import type { Identity } from '#core/personality.ts'
import type { Persona } from '#core/persona.ts'
import { niagaraFox } from '#protocols/personas/niagara-fox.ts'
import { omronCj2 } from '#protocols/personas/omron-cj2.ts'
import { phoenixIlc } from '#protocols/personas/phoenix-ilc.ts'
import { identityAt, servePersona, type Served } from '../fixtures/decoy.ts'

const run = promisify(execFile)
const nmap = async (...given: string[]): Promise<string> => {
  const { stdout } = await run('nmap', ['-n', '-Pn', ...given, '127.0.0.1'], { timeout: 18_000 })
  assert.doesNotMatch(stdout, /ERROR|honeypot|conpot|cowrie|dionaea/i)
  return stdout
}
/** What a script printed: `key: value` lines. */
const facts = (output: string): Record<string, string> =>
  Object.fromEntries(
    [...output.matchAll(/^\|_? {2,3}([^:|]+):(?: (.*))?$/gm)].map(([, key = '', value = '']) => [key.trim(), value]),
  )
const serving = (persona: Persona, given: Partial<Identity>, services: readonly string[]): { served: Served } => {
  const held: { served: Served } = { served: { answers: [], thrown: [], close: () => Promise.resolve() } }
  before(async () => {
    held.served = await servePersona(persona, identityAt('127.0.0.1', given), { services })
  })
  after(async () => {
    assert.deepEqual(held.served.thrown, [])
    await held.served.close()
  })
  return held
}

// They wait for nmap most of the time, each at ports of its own.
describe('nmap finds', { concurrency: 3 }, () => {
  describe('an Omron CJ2M', () => {
    serving(omronCj2, { name: 'CJ2M-07' }, ['fins'])
    const expected = {
      'Response Code': 'Normal completion (0x0000)',
      // As units of this series show themselves: no end of the text between model and version.
      'Controller Model': `${omronCj2.model.padEnd(20)}${omronCj2.firmware}`,
      'Controller Version': omronCj2.firmware,
      'For System Use': '',
      'Program Area Size': '40',
      'IOM size': '23',
      'No. DM Words': '32768',
      'Timer/Counter': '8',
      'Expansion DM Size': '1',
      'No. of steps/transitions': '0',
      'Kind of Memory Card': 'No Memory Card',
      'Memory Card Size': '0',
    }
    test('is itself to omron-info over UDP', async () => {
      const output = await nmap('-sU', '-p', '9600', '--script', 'omron-info')
      assert.match(output, /9600\/udp open {2}fins/)
      assert.deepEqual(facts(output), expected)
    })
    test('is itself to omron-info over TCP, and nothing else to version detection', async () => {
      const output = await nmap('-sT', '-sV', '-p', '9600', '--script', 'omron-info')
      assert.match(output, /9600\/tcp open {2}fins/)
      assert.deepEqual(facts(output), expected)
    })
    test('shows a level that moves', async () => {
      const socket = createSocket('udp4')
      const level = (): Promise<number> =>
        new Promise((resolve) => {
          socket.once('message', (bytes) => resolve(bytes.readUInt16BE(14)))
          socket.send(Buffer.from('800002000100000a00010101820000000001', 'hex'), 9600, '127.0.0.1')
        })
      const first = await level()
      await new Promise((resolve) => setTimeout(resolve, 1100))
      const second = await level()
      socket.close()
      assert.notEqual(first, second)
      assert.ok(first > 0 && first <= 4000)
    })
  })

  describe('a Phoenix Contact ILC', () => {
    serving(phoenixIlc, { name: 'ILC191-204' }, ['pcworx'])
    test('is itself to pcworx-info and to version detection', async () => {
      const output = await nmap('-sT', '-sV', '-p', '1962', '--script', 'pcworx-info')
      assert.match(output, /1962\/tcp open {2}pcworx {2}Phoenix Contact PCWorx\n/)
      assert.deepEqual(facts(output), {
        'PLC Type': phoenixIlc.model,
        'Model Number': '2700976',
        'Firmware Version': phoenixIlc.firmware,
        'Firmware Date': '11/26/15',
        'Firmware Time': '18:46:55',
      })
    })
  })

  describe('a Niagara station', () => {
    const given = { name: 'JACE-NW04', serial: 'Qnx-NPM6-0000-16a3-82f0' }
    serving(niagaraFox, given, ['fox'])
    test('is itself to fox-info and to version detection', async () => {
      const output = await nmap('-sT', '-sV', '-p', '1911', '--script', 'fox-info')
      assert.match(output, /niagara-fox Tridium Niagara 3\.8\.213 \(fox version 1\.0\.1\)\n/)
      const { vmUuid, ...rest } = facts(output)
      assert.match(vmUuid ?? '', /^11e[0-9a-f]{5}-[0-9a-f]{4}-[0-9a-f]{4}-0000-[0-9a-f]{12}$/)
      assert.deepEqual(rest, {
        'fox.version': '1.0.1',
        hostName: given.name,
        hostAddress: '127.0.0.1',
        'app.name': 'Station',
        'app.version': niagaraFox.firmware,
        'vm.name': 'Java HotSpot(TM) Client VM',
        'vm.version': '1.5.0_81-b06',
        'os.name': 'QNX',
        timeZone: 'America/Chicago',
        hostId: given.serial,
        brandId: 'vykon',
      })
    })
  })
})
