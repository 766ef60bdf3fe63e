import { risk } from './risk.ts'
import { conduit, finds } from './trial.ts'

finds('risks', risk, [
  {
    name: 'a risk of an EtherType',
    code: 'risk-without-address',
    with: conduit('from: ews, to: plc, service: goose, when: { risk-below: 40 }'),
    at: 'risk-below',
    says: /only addresses have a risk/,
  },
  {
    name: 'more commands while a risk is low, with another end when commands cannot be judged',
    code: 'risk-unlike',
    with: conduit(
      'from: office, to: plc, service: modbus, allow: [read, write], on-failure: closed, when: { risk-below: 40 }',
    ),
    at: '{ id: other',
    says: /differ in `on-failure`/,
  },
])
