import type { BacnetProfile } from '../bacnet/personality-profile.ts'
import { definePersona } from '#core/persona.ts'
import type { HttpProfile } from '../http/profile.ts'

const celsius = 62
const percent = 98
const onOff = ['Off', 'On'] as const

const bacnet: BacnetProfile = {
  vendorId: 35,
  vendorName: 'Reliable Controls Corporation',
  modelName: '{model}',
  firmware: '{firmware}',
  application: '8.31.2',
  objectName: '{name}',
  description: 'Air handling unit',
  location: 'Plant room',
  protocolRevision: 12,
  maxApdu: 1476,
  points: [
    {
      type: 'analog-input',
      instance: 1,
      name: 'AHU_SAT',
      description: 'Supply air temperature',
      units: celsius,
      source: { analog: 2, min: 5, max: 40 },
    },
    {
      type: 'analog-input',
      instance: 2,
      name: 'AHU_RAT',
      description: 'Return air temperature',
      units: celsius,
      source: { analog: 11, min: 15, max: 30 },
    },
    {
      type: 'analog-input',
      instance: 3,
      name: 'AHU_OAT',
      description: 'Outside air temperature',
      units: celsius,
      source: { analog: 12, min: -10, max: 35 },
    },
    {
      type: 'analog-input',
      instance: 4,
      name: 'TANK_LVL',
      description: 'Condensate tank level',
      units: percent,
      source: { analog: 0, max: 100 },
    },
    {
      type: 'analog-output',
      instance: 1,
      name: 'AHU_HCV',
      description: 'Heating valve',
      units: percent,
      source: { analog: 13, max: 100 },
      writable: true,
    },
    {
      type: 'analog-value',
      instance: 1,
      name: 'AHU_SAT_SP',
      description: 'Supply air setpoint',
      units: celsius,
      source: { constant: 18.5 },
      writable: true,
    },
    {
      type: 'analog-value',
      instance: 2,
      name: 'RM_SP',
      description: 'Room setpoint',
      units: celsius,
      source: { constant: 21.5 },
      writable: true,
    },
    {
      type: 'binary-input',
      instance: 1,
      name: 'AHU_SF_S',
      description: 'Supply fan status',
      states: onOff,
      source: { digital: 1 },
    },
    {
      type: 'binary-input',
      instance: 2,
      name: 'TANK_INLET',
      description: 'Inlet valve open',
      states: ['Closed', 'Open'],
      source: { digital: 0 },
    },
    {
      type: 'binary-output',
      instance: 1,
      name: 'AHU_SF_C',
      description: 'Supply fan command',
      states: onOff,
      source: { digital: 1 },
    },
    {
      type: 'binary-value',
      instance: 1,
      name: 'OCC',
      description: 'Occupied',
      states: ['Unoccupied', 'Occupied'],
      source: { constant: 1 },
      writable: true,
    },
  ],
}

const http: HttpProfile = {
  title: 'MACH-ProWebCom',
  heading: 'Reliable Controls MACH-ProWebCom',
  login: { kind: 'form', action: '/login', user: 'user', password: 'password' },
  facts: { Controller: '{name}', Model: '{model}', Firmware: '{firmware}' },
  accent: '#00703c',
}

export const bacnetController = definePersona({
  id: 'bacnet-controller',
  title: 'Reliable Controls MACH-ProWebCom',
  vendor: 'Reliable Controls Corporation',
  model: 'MACH-ProWebCom',
  firmware: '2.19.1',
  kind: 'other',
  ouis: ['00:02:d9'],
  // nmap-os-db, "Reliable Controls MAC ProWebCom building control server": TG=40, W=2238, O=M5AC and no more.
  ttl: 64,
  window: 8760,
  timestamps: false,
  windowScaling: false,
  sack: false,
  mss: 1452,
  numbersPackets: true,
  allowsFragments: true,
  serial: 'MPWC-######',
  name: 'AHU-@@##',
  services: [
    { service: 'bacnet', transport: 'udp', port: 47_808, profile: bacnet },
    { service: 'http', transport: 'tcp', port: 80, profile: http },
  ],
})
