/** Small readers of which every message is made: texts, versions, descriptions, elements and names. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { elementAt, elementsIn, numberAt, oidAt } from './ber.ts'
import { tellDescription } from './descriptions.ts'
import { nameAt } from './dns.ts'
import { ascii, joined, lineOf } from './golden.ts'
import { reverseOf } from './names.ts'
import { teller } from './sighting.ts'
import { osIn } from './systems.ts'
import { presentable, textAt } from './text.ts'
import { windowsName } from './windows.ts'

const presented: readonly (readonly [sentence: string, text: string, shown: string])[] = [
  ['ends of lines are blanks', ' a\r\n\tb ', 'a b'],
  ['a terminal is not coloured', 'a\u001B[31mb', 'a [31mb'],
  ['the direction is not changed', 'a\u202Etxt.exe', 'a txt.exe'],
  ['zeros end nothing', 'a\0b\0\0', 'a b'],
  ['two hundred characters', 'x'.repeat(5000), 'x'.repeat(200)],
  ['no half of a character', `${'x'.repeat(199)}\u{1F600}`, 'x'.repeat(199)],
  ['nothing of nothing', '\0\0', ''],
]

describe('a text that is shown', () => {
  for (const [sentence, text, is] of presented) test(sentence, () => assert.equal(presentable(text), is))
})

test('bytes are UTF-8, or Latin-1 when they are none', () => {
  assert.equal(textAt(ascii('Weidmüller'), 0, 100), 'Weidmüller')
  assert.equal(textAt(joined('5765 6964 6d fc 6c6c6572'), 0, 10), 'Weidmüller')
})

const systems: readonly (readonly [text: string, os: string])[] = [
  ['Mozilla/5.0 (Windows NT 10.0; Win64; x64)', 'Windows 10'],
  ['Mozilla/5.0 (X11; Linux x86_64)', 'Linux'],
  ['Apache/2.4.6 (CentOS)', 'CentOS'],
  ['Microsoft-WinCE/6.00 UPnP/1.0', 'Windows CE'],
  ['Microsoft-IIS/7.5', 'Windows'],
  ['nginx', ''],
]

describe('the system in a banner', () => {
  for (const [text, os] of systems) test(text, () => assert.equal(osIn(text), os))
})

test('a version of Windows has a name, and from 10 on by its build', () => {
  assert.equal(windowsName(6, 1, 7601), 'Windows 7 / Server 2008 R2 (6.1.7601)')
  assert.equal(windowsName(10, 0, 20_348), 'Windows Server 2022 (10.0.20348)')
  assert.equal(windowsName(10, 0), 'Windows 10')
  assert.equal(windowsName(7, 7), '')
})

const descriptions: readonly (readonly [text: string, ...told: readonly string[]])[] = [
  ['Linux ews-1 5.10.0-21-amd64 #1 SMP Debian', 'os 0.81: Linux 5.10.0-21-amd64'],
  [
    'Hardware: Intel64 Family 6 - Software: Windows Version 6.3 (Build 14393 Multiprocessor Free)',
    'os 0.81: Windows 8.1 / Server 2012 R2 (6.3.14393)',
  ],
  ['Hirschmann MACH4002-48G', 'vendor 0.81: Hirschmann', 'model 0.81: MACH4002-48G'],
  ['Moxa EDS-408A', 'vendor 0.81: Moxa', 'model 0.81: EDS-408A'],
  [
    'Rockwell Automation 1756-EN2TR/C VxWorks 6.9',
    'vendor 0.81: Rockwell Automation',
    'model 0.81: 1756-EN2TR/C',
    'os 0.81: VxWorks 6.9',
  ],
  ['Dell Inc. OptiPlex 990,01,G22XB2S + HMI', 'vendor 0.81: Dell', 'model 0.81: OptiPlex 990', 'serial 0.81: G22XB2S'],
  ['something of nobody'],
]

describe('a description says', () => {
  for (const [text, ...told] of descriptions)
    test(text, () => {
      const lines: string[] = []
      tellDescription(
        text,
        0.9,
        teller('snmp', (sighting) => lines.push(lineOf(sighting))),
      )
      assert.deepEqual(lines, [`description 0.9: ${text}`, ...told])
    })
})

test('a sighting is told again only when it is surer', () => {
  const lines: string[] = []
  const tell = teller('lldp', (sighting) => lines.push(lineOf(sighting)))
  for (const confidence of [0.5, 0.5, 0.3, 0.9]) tell('name', 'a', confidence)
  tell('name', 'a', 0.5, { ip: '198.18.1.10' })
  assert.deepEqual(lines, ['name 0.5: a', 'name 0.9: a', '198.18.1.10 name 0.5: a'])
})

describe('elements of ASN.1', () => {
  test('have lengths of one byte and more', () => {
    assert.deepEqual(elementAt(joined('0403 616263'), 0, 5), { tag: 4, from: 2, to: 5 })
    assert.deepEqual(elementAt(joined('048103 616263'), 0, 6), { tag: 4, from: 3, to: 6 })
  })
  for (const [sentence, hex] of [
    ['longer than what is there', '0404 616263'],
    ['of indefinite length', '3080 0000'],
    ['of a length of five bytes', '04850000000003 616263'],
    ['of a long tag', '1f8101 00'],
    ['of no length', '04'],
  ] as const)
    test(`${sentence} are none`, () => assert.equal(elementAt(joined(hex), 0, joined(hex).length), undefined))
  test('end with the first that is not whole', () => {
    const bytes = joined('0201 05 0404 61')
    assert.deepEqual(elementsIn(bytes, { from: 0, to: bytes.length }), [{ tag: 2, from: 2, to: 3 }])
  })
  test('that name objects and numbers', () => {
    const oid = joined('2b06010401a16906')
    assert.equal(oidAt(oid, { tag: 6, from: 0, to: oid.length }), '1.3.6.1.4.1.4329.6')
    const unending = joined('2b', 'ff'.repeat(20))
    assert.equal(oidAt(unending, { tag: 6, from: 0, to: unending.length }), '')
    assert.equal(numberAt(joined('010000'), { tag: 2, from: 0, to: 3 }), 65_536)
    assert.equal(numberAt(joined('0100000000'), { tag: 2, from: 0, to: 5 }), -1)
  })
})

test('names of DNS end, however they point', () => {
  assert.equal(nameAt(joined('0161 c000'), 0).labels.length, 17)
  assert.equal(nameAt(joined('0161'.repeat(300)), 0).labels.length, 40)
  assert.deepEqual(nameAt(joined('c000'), 0), { labels: [], next: 2 })
  assert.deepEqual(nameAt(joined('3f61'), 0).labels, [])
  assert.equal(reverseOf(['10', '1', '18', '198', 'in-addr', 'arpa']), '198.18.1.10')
  assert.equal(reverseOf(['b', '_dns-sd', '_udp', 'arpa']), undefined)
  assert.equal(reverseOf([]), undefined)
})
