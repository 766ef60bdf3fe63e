import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { describe, it } from 'node:test'
import * as z from 'zod'
import { talkTo, testContext } from '../../../test/fixtures/hostile-talk.ts'
import { identityAt } from '../../../test/fixtures/decoy.ts'
import { personalities } from '../personalities.ts'
import { hmiPanel } from './hmi-panel.ts'
import { moxaNport } from './moxa-nport.ts'
import { windowsEngineering } from './windows-engineering.ts'

const registry = z
  .record(z.string(), z.string())
  .parse(JSON.parse(readFileSync(new URL('../../../node_modules/oui-data/index.json', import.meta.url), 'utf8')))
const vendors: Readonly<Record<string, RegExp>> = {
  'moxa-nport': /^moxa/i,
  'windows-engineering': /^dell/i,
  'hmi-panel': /^sitek/i,
}

describe('personas with a login', () => {
  for (const persona of [moxaNport, windowsEngineering, hmiPanel]) {
    it(`${persona.id} has addresses that its vendor registered`, () => {
      for (const oui of persona.ouis)
        assert.match(registry[oui.replaceAll(':', '').toUpperCase()] ?? '', vendors[persona.id] ?? /none/)
    })
    it(`${persona.id} has a serial of six varying places and a name of at most 15`, () => {
      assert.ok((persona.serial.match(/[#@%]/g) ?? []).length >= 6)
      assert.match(persona.name, /^[A-Za-z0-9@#%-]{3,15}$/)
    })
    it(`${persona.id} names services that there are`, () => {
      // SNMP is another's; SSH has a socket of its own.
      for (const { service } of persona.services)
        assert.ok(service === 'snmp' || service === 'ssh' || personalities[service] !== undefined, service)
    })
  }
  it('a NPort greets as nmap knows it', () => {
    const profile = moxaNport.services.find(({ service }) => service === 'telnet')?.profile
    const identity = identityAt('198.18.1.40', { mac: '00:90:e8:12:34:56', serial: '284611' })
    const telnet = personalities['telnet']
    assert.ok(telnet !== undefined)
    const { out } = talkTo(telnet, profile, [''], { context: testContext({ identity, persona: moxaNport }) })
    assert.equal(out.toString('hex', 0, 15), 'fffb01fffb03fffb00fffd01fffd00')
    const text = out.toString('latin1', 15)
    assert.equal(text.replaceAll('\r\0\n', '').includes('\n'), false, 'every line ends with CR NUL LF')
    assert.match(
      text.replaceAll('\r\0\n', '\n'),
      /^\n\n-{77}\nModel name {7}: NPort 5150\nMAC address {6}: 00:90:E8:12:34:56\nSerial No\. {7}: 284611\nFirmware version : 3\.8 Build 19091812\nSystem uptime {4}: [^\n]+\n/,
    )
  })
})
