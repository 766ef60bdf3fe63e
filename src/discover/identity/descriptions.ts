/** Descriptions of devices as LLDP, CDP and SNMP carry them (sysDescr): the whole text, and what known vendors put into it. */
import type { FactName } from '#core/message.ts'
import type { IdentityName } from '../model.ts'
import type { Subject, Tell } from './sighting.ts'
import { presentable } from './text.ts'
import { windowsName } from './windows.ts'

type Name = FactName | IdentityName

/** A pattern over one line, and the facts in its groups; a fact that is always the same has a text. */
interface Form {
  readonly pattern: RegExp
  readonly groups: readonly Name[]
  readonly always?: Partial<Readonly<Record<Name, string>>>
}

const forms: readonly Form[] = [
  {
    // Siemens, SIMATIC NET, SCALANCE X204-2, 6GK5 204-2BB10-2AA3, HW: 4, FW: V5.2.4, SVPL6147920
    pattern: /^Siemens, SIM[A-Z ]+[^,]*, ([^,]{1,40}), ([^,]{1,30})/,
    groups: ['model', 'model'],
    always: { vendor: 'Siemens' },
  },
  { pattern: /^Siemens,.*\bHW:? ?(?:Version )?([\w.]{1,12})/, groups: ['hardware'] },
  { pattern: /^Siemens,.*\b(?:FW|SW):? ?(?:Version )?([Vv]?[\w.]{1,16})/, groups: ['firmware'] },
  { pattern: /^Siemens,.*\b(?:FW|SW):[^,]*, *(?:S\/?N:? ?)?(S ?[A-Z][-A-Z0-9]{6,20})$/, groups: ['serial'] },
  { pattern: /^Siemens AG SIMATIC/, groups: [], always: { vendor: 'Siemens' } },
  {
    pattern: /^Cisco (?:IOS|Internetwork|NX-OS|Adaptive|Systems)/,
    groups: [],
    always: { vendor: 'Cisco' },
  },
  { pattern: /^Cisco .*?\bVersion ([^\s,]{1,32})/, groups: ['firmware'] },
  { pattern: /^Hirschmann ([A-Z][\w -]{1,40})/, groups: ['model'], always: { vendor: 'Hirschmann' } },
  { pattern: /^(?:Moxa|MOXA) ([A-Z][\w-]{1,30})/, groups: ['model'], always: { vendor: 'Moxa' } },
  { pattern: /^Westermo ([\w-]{1,30})/, groups: ['model'], always: { vendor: 'Westermo' } },
  { pattern: /^(?:RuggedCom|RUGGEDCOM) ([\w-]{1,30})/, groups: ['model'], always: { vendor: 'RuggedCom' } },
  {
    pattern: /^(?:Rockwell Automation|Allen-Bradley) (\d{4}-[\w/-]{1,24})/,
    groups: ['model'],
    always: { vendor: 'Rockwell Automation' },
  },
  { pattern: /^Schneider Electric ([\w-][\w -]{1,30})/, groups: ['model'], always: { vendor: 'Schneider Electric' } },
  { pattern: /^WAGO (\d{3}-\d{3}\S{0,12})/, groups: ['model'], always: { vendor: 'WAGO' } },
  {
    pattern: /^(?:PHOENIX CONTACT|Phoenix Contact) ([\w-][\w -]{1,30})/,
    groups: ['model'],
    always: { vendor: 'Phoenix Contact' },
  },
  // What PROFINET software on a PC gives: model, revision and serial number.
  {
    pattern: /^Dell Inc\. ([^,]{1,40}),[^,]{0,8},([A-Z0-9]{7})\b/,
    groups: ['model', 'serial'],
    always: { vendor: 'Dell' },
  },
  // uname: system, host and release.
  { pattern: /^(Linux) \S{1,64} (\d[\w.+-]{0,40})/, groups: ['os', 'os'] },
  { pattern: /\b(VxWorks|QNX|FreeBSD|NetBSD|eCos|Nucleus)\b ?(\d[\w.]{0,16})?/, groups: ['os', 'os'] },
]

const windows = /\bSoftware: Windows (?:\S+ )?Version (\d{1,2})\.(\d{1,2}) \(Build (\d{1,6})/

/** Tells a description, and at 0.9 of its confidence what it is known to say. */
export const tellDescription = (text: string, confidence: number, tell: Tell, of: Subject = 'sender'): void => {
  const line = presentable(text)
  tell('description', line, confidence, of)
  const less = Math.round(confidence * 90) / 100
  for (const { pattern, groups, always = {} } of forms) {
    const match = pattern.exec(line)
    if (match === null) continue
    const values = new Map<Name, string>()
    if (always.vendor !== undefined) values.set('vendor', always.vendor)
    for (const [index, name] of groups.entries())
      values.set(name, `${values.get(name) ?? ''} ${match[index + 1] ?? ''}`)
    for (const [name, value] of values) tell(name, value, less, of)
  }
  const [, major, minor, build] = windows.exec(line) ?? []
  if (major !== undefined) tell('os', windowsName(Number(major), Number(minor), Number(build)), less, of)
}
