import { definePersona } from '#core/persona.ts'
import type { EnipProfile, TemplateProfile } from '../enip/personality-profile.ts'
import type { HttpProfile } from '../http/profile.ts'
import type { SnmpProfile } from '../snmp/profile.ts'

const loop: TemplateProfile = {
  name: 'UDT_Loop',
  id: 0x2f3,
  handle: 0x6c1d,
  members: [
    { name: 'PV', type: 'REAL', source: { analog: 2, max: 150 } },
    { name: 'SP', type: 'REAL', source: { constant: 96 } },
    { name: 'OUT', type: 'REAL', source: { analog: 4, max: 100 } },
    { name: 'Mode', type: 'DINT', source: { constant: 2 } },
  ],
}

/** The module whose port it is, in slot 1, and the controller in slot 0. Product codes as ODVA's electronic data sheets have them. */
const enip: EnipProfile = {
  device: {
    vendor: 1,
    deviceType: 12,
    productCode: 166,
    major: 10,
    minor: 7,
    status: 0x30,
    name: '{model}',
    state: 3,
  },
  controller: {
    slot: 0,
    portSlot: 1,
    identity: {
      vendor: 1,
      deviceType: 14,
      productCode: 92,
      major: 20,
      minor: 19,
      status: 0x3060,
      name: '1756-L71/B LOGIX5571',
      state: 3,
    },
    programs: ['MainProgram'],
    tags: [
      { name: 'Tank_Level', type: 'REAL', source: { analog: 0, max: 100 } },
      { name: 'Tank_Inflow', type: 'REAL', source: { analog: 1, max: 48 } },
      { name: 'Tank_Temp', type: 'REAL', source: { analog: 2, max: 150 } },
      { name: 'Tank_HighLimit', type: 'REAL', source: { constant: 92.5 } },
      { name: 'Inlet_Open', type: 'BOOL', source: { digital: 0 } },
      { name: 'Pump1_Run', type: 'BOOL', source: { digital: 1 } },
      { name: 'Pump2_Run', type: 'BOOL', source: { digital: 2 } },
      { name: 'Batch_Count', type: 'DINT', source: { analog: 3, max: 20_000 } },
      { name: 'Recipe_No', type: 'DINT', source: { constant: 4 } },
      { name: 'Flow_Setpoint', type: 'REAL', source: { constant: 32 } },
      { name: 'Analog_In', type: 'INT', size: 8, source: { analog: 10, max: 30_000 } },
      { name: 'Recipe', type: 'REAL', size: 16, source: { constant: 0 } },
      { name: 'TIC_101', type: loop },
      { name: 'Step', program: 'MainProgram', type: 'DINT', source: { analog: 5, max: 12 } },
      { name: 'Auto', program: 'MainProgram', type: 'BOOL', source: { constant: 1 } },
    ],
  },
}

const http: HttpProfile = {
  server: 'GoAhead-Webs',
  title: 'Rockwell Automation',
  heading: '1756-EN2T/D',
  login: { kind: 'basic', realm: '1756-EN2T/D' },
  facts: {
    'Device Name': '{model}',
    'Device Description': 'ControlLogix Ethernet/IP Bridge',
    'Host Name': '{name}',
    'Ethernet Address (MAC)': '{mac}',
    'IP Address': '{address}',
    'Product Revision': '{firmware}',
    Status: 'Run',
  },
  paths: ['/index.html', '/home.asp'],
  accent: '#cd163f',
}

const snmp: SnmpProfile = {
  sysDescr: 'Rockwell Automation {model} version {firmware}',
  // Enterprise 95: Allen-Bradley.
  sysObjectId: '1.3.6.1.4.1.95.1.12',
  communities: ['public'],
  sysContact: '',
  sysLocation: '',
  interface: '1756-EN2T/D',
}

export const controllogix1756 = definePersona({
  id: 'controllogix-1756',
  title: 'Rockwell Automation ControlLogix 1756',
  vendor: 'Rockwell Automation',
  model: '1756-EN2T/D',
  firmware: '10.007',
  kind: 'plc',
  ouis: ['00:1d:9c', 'f4:54:33', '5c:88:16'],
  // nmap-os-db, "Rockwell Automation 1756 ControlLogix Ethernet/IP adapter" (10.007): TG=40, W=2710, O=M5B4NW0.
  ttl: 64,
  window: 10_000,
  timestamps: false,
  windowScaling: true,
  sack: false,
  mss: 1460,
  numbersPackets: true,
  serial: '%%%%%%%%',
  name: 'CLX-@@@##',
  services: [
    { service: 'enip', transport: 'tcp', port: 44_818, profile: enip },
    { service: 'enip', transport: 'udp', port: 44_818, profile: enip },
    { service: 'http', transport: 'tcp', port: 80, profile: http },
    { service: 'snmp', transport: 'udp', port: 161, profile: snmp },
  ],
})
