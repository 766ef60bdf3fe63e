import { safety } from './safety.ts'
import { conduit, finds } from './trial.ts'

finds('safety systems', safety, [
  {
    name: 'a whole service to a safety system',
    code: 'safety-command',
    with: conduit('from: ews, to: sis, service: modbus'),
    at: '{ id: other',
    says: /reaches safety system `sis` with the whole service `modbus`/,
  },
  {
    name: 'a write to a safety system through its zone',
    code: 'safety-command',
    with: conduit('from: ews, to: cell, service: modbus, allow: [read, write]'),
    at: 'write]',
    says: /`sis` through `cell` with `write`/,
  },
  {
    name: 'commands to a safety system that are denied in name only',
    code: 'safety-watched',
    with: conduit('from: ews, to: sis, service: modbus, allow: [read], deny-action: log'),
    at: 'log }',
    says: /reaches safety system `sis`, and `log` lets every command pass; expected exception, reset or drop/,
  },
  {
    name: 'a program command named read elsewhere',
    code: 'safety-command',
    with: conduit('from: ews, to: sis, service: s7comm, allow: [download]'),
    at: 'download',
    says: /with `download`/,
  },
  {
    name: 'rewriting towards a safety system',
    code: 'safety-rewritten',
    with: conduit('from: ews, to: sis, service: modbus, allow: [read], deny-action: neutralise'),
    at: 'neutralise',
    says: /never rewritten/,
  },
  {
    name: 'a redirect of a safety system',
    code: 'safety-rewritten',
    with: { redirects: '- { id: r, from: any, to: cell, ports: [tcp/80], target: hmi }' },
    at: 'cell, ports',
    says: /never redirected/,
  },
  {
    name: 'containing in the zone of a safety system',
    code: 'safety-contained',
    with: { responses: '- { zone: cell, event: out-of-scope, known: contain 1h, agreed-by: [a, b] }' },
    at: 'contain 1h',
    says: /never contained/,
  },
  {
    name: 'deception near a safety system',
    code: 'safety-contained',
    with: { sensors: '- { id: s, counts: first-seen-peer, response: deceive }' },
    at: 'deceive',
    says: /no `deceive` near/,
  },
  {
    name: 'rewriting towards an asset that was not tried',
    code: 'not-qualified',
    with: conduit('from: ews, to: plc, service: modbus, allow: [write], deny-action: neutralise'),
    at: 'neutralise',
    says: /`plc` is not qualified/,
  },
  {
    name: 'rewriting of messages that cannot be',
    code: 'not-qualified',
    with: conduit('from: ews, to: plc, service: opcua, allow: [read], deny-action: neutralise'),
    at: 'neutralise',
    says: /opcua message cannot be rewritten/,
  },
  {
    name: 'rewriting towards anybody',
    code: 'not-qualified',
    with: conduit('from: ews, to: 198.18.1.128/25, service: modbus, allow: [write], deny-action: neutralise'),
    at: 'neutralise',
    says: /not a list of assets/,
  },
])
