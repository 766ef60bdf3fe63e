import assert from 'node:assert/strict'
import { test } from 'node:test'
import { contextOf, sampleIdentity, talkTo } from '../fuzz/talk.ts'
import { personalities } from '../personalities.ts'
import { moxaNport } from './moxa-nport.ts'

test('a NPort greets as nmap knows it', () => {
  const profile = moxaNport.services.find(({ service }) => service === 'telnet')?.profile
  const identity = { ...sampleIdentity, mac: '00:90:e8:12:34:56', serial: '284611' }
  const telnet = personalities['telnet']
  assert.ok(telnet !== undefined)
  const { out } = talkTo(telnet, profile, [''], { context: contextOf({ identity, persona: moxaNport }) })
  assert.equal(out.toString('hex', 0, 15), 'fffb01fffb03fffb00fffd01fffd00')
  const text = out.toString('latin1', 15)
  assert.equal(text.replaceAll('\r\0\n', '').includes('\n'), false, 'every line ends with CR NUL LF')
  assert.match(
    text.replaceAll('\r\0\n', '\n'),
    /^\n\n-{77}\nModel name {7}: NPort 5150\nMAC address {6}: 00:90:E8:12:34:56\nSerial No\. {7}: 284611\nFirmware version : 3\.8 Build 19091812\nSystem uptime {4}: [^\n]+\n/,
  )
})
