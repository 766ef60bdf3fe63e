/** Numbers and names of object types and properties: ANSI/ASHRAE 135-2020, clause 21 (BACnetObjectType, BACnetPropertyIdentifier). */

/** Names in the order of their numbers, from a first one. */
const named = (blocks: readonly (readonly [first: number, names: string])[]): ReadonlyMap<number, string> =>
  new Map(blocks.flatMap(([first, names]) => names.split(/\s+/).map((name, index) => [first + index, name] as const)))

/** What an object is. */
export const objectTypes: ReadonlyMap<number, string> = named([
  [
    0,
    `analog-input analog-output analog-value binary-input binary-output binary-value calendar command device
event-enrollment file group loop multi-state-input multi-state-output notification-class program schedule
averaging multi-state-value trend-log life-safety-point life-safety-zone accumulator pulse-converter event-log
global-group trend-log-multiple load-control structured-view access-door timer access-credential access-point
access-rights access-user access-zone credential-data-input network-security bitstring-value
characterstring-value date-pattern-value date-value datetime-pattern-value datetime-value integer-value
large-analog-value octetstring-value positive-integer-value time-pattern-value time-value notification-forwarder
alert-enrollment channel lighting-output binary-lighting-output network-port elevator-group escalator lift
staging audit-log audit-reporter color color-temperature`,
  ],
])

/** What of an object is meant. Above 511 come those of a vendor, and above 4194303 those of BACnet/SC and later. */
export const properties: ReadonlyMap<number, string> = named([
  [
    0,
    `acked-transitions ack-required action action-text active-text active-vt-sessions alarm-value alarm-values all
all-writes-successful apdu-segment-timeout apdu-timeout application-software-version archive bias
change-of-state-count change-of-state-time notification-class`,
  ],
  [
    19,
    `controlled-variable-reference controlled-variable-units controlled-variable-value cov-increment date-list
daylight-savings-status deadband derivative-constant derivative-constant-units description description-of-halt
device-address-binding device-type effective-period elapsed-active-time error-limit event-enable event-state
event-type exception-schedule fault-values feedback-value file-access-method file-size file-type
firmware-revision high-limit inactive-text in-process instance-of integral-constant integral-constant-units
issue-confirmed-notifications limit-enable list-of-group-members list-of-object-property-references
list-of-session-keys local-date local-time location low-limit manipulated-variable-reference maximum-output
max-apdu-length-accepted max-info-frames max-master max-pres-value minimum-off-time minimum-on-time
minimum-output min-pres-value model-name modification-date notify-type number-of-apdu-retries number-of-states
object-identifier object-list object-name object-property-reference object-type optional out-of-service
output-units event-parameters polarity present-value priority priority-array priority-for-writing
process-identifier program-change program-location program-state proportional-constant
proportional-constant-units protocol-conformance-class protocol-object-types-supported
protocol-services-supported protocol-version read-only reason-for-halt recipient recipient-list reliability
relinquish-default required resolution segmentation-supported setpoint setpoint-reference state-text
status-flags system-status time-delay time-of-active-time-reset time-of-state-count-reset
time-synchronization-recipients units update-interval utc-offset vendor-identifier vendor-name
vt-classes-supported weekly-schedule attempted-samples average-value buffer-size client-cov-increment
cov-resubscription-interval current-notify-time event-time-stamps log-buffer log-device-object-property enable
log-interval maximum-value minimum-value notification-threshold previous-notify-time protocol-revision
records-since-notification record-count start-time stop-time stop-when-full total-record-count valid-samples
window-interval window-samples maximum-value-time-stamp minimum-value-time-stamp variance-value
active-cov-subscriptions backup-failure-timeout configuration-files database-revision direct-reading
last-restore-time maintenance-required member-of mode operation-expected setting silenced tracking-value
zone-members life-safety-alarm-values max-segments-accepted profile-name auto-slave-discovery
manual-slave-address-binding slave-address-binding slave-proxy-enable last-notify-record schedule-default
accepted-modes adjust-value count count-before-change count-change-time cov-period input-reference
limit-monitoring-interval logging-object logging-record prescale pulse-rate scale scale-factor update-time
value-before-change value-set value-change-time align-intervals group-member-names interval-offset
last-restart-reason logging-type member-status-flags notification-period previous-notify-record
requested-update-interval restart-notification-recipients time-of-device-restart time-synchronization-interval
trigger utc-time-synchronization-recipients node-subtype node-type structured-object-list
subordinate-annotations subordinate-list actual-shed-level duty-window expected-shed-level full-duty-baseline`,
  ],
  [218, 'requested-shed-level shed-duration shed-level-descriptions shed-levels state-description'],
  [
    226,
    `door-alarm-state door-extended-pulse-time door-members door-open-too-long-time door-pulse-time door-status
door-unlock-delay-time lock-status masked-alarm-values secured-status`,
  ],
  [
    244,
    `absentee-limit access-alarm-events access-doors access-event access-event-authentication-factor
access-event-credential access-event-time access-transaction-events accompaniment accompaniment-time
activation-time active-authentication-policy assigned-access-rights authentication-factors
authentication-policy-list authentication-policy-names authentication-status authorization-mode belongs-to
credential-disable credential-status credentials credentials-in-zone days-remaining entry-points exit-points
expiration-time extended-time-enable failed-attempt-events failed-attempts failed-attempts-time
last-access-event last-access-point last-credential-added last-credential-added-time last-credential-removed
last-credential-removed-time last-use-time lockout lockout-relinquish-time master-exemption max-failed-attempts
members muster-point negative-access-rules number-of-authentication-policies occupancy-count
occupancy-count-adjust occupancy-count-enable occupancy-exemption occupancy-lower-limit
occupancy-lower-limit-enforced occupancy-state occupancy-upper-limit occupancy-upper-limit-enforced
passback-exemption passback-mode passback-timeout positive-access-rules reason-for-disable supported-formats
supported-format-classes threat-authority threat-level trace-flag transaction-notification-class
user-external-identifier user-information-reference`,
  ],
  [317, 'user-name user-type uses-remaining zone-from zone-to access-event-tag global-identifier'],
  [
    326,
    `verification-time base-device-security-policy distribution-key-revision do-not-hide key-sets last-key-server
network-access-security-policies packet-reorder-time security-pdu-timeout security-time-window
supported-security-algorithms update-key-set-timeout backup-and-restore-state backup-preparation-time
restore-completion-time restore-preparation-time bit-mask bit-text is-utc group-members`,
  ],
  [
    349,
    `covu-period covu-recipients event-message-texts event-message-texts-config event-detection-enable
event-algorithm-inhibit event-algorithm-inhibit-ref time-delay-normal reliability-evaluation-inhibit
fault-parameters fault-type local-forwarding-only process-identifier-filter subscribed-recipients port-filter
authorization-exemptions allow-group-delay-inhibit channel-number control-groups execution-delay last-priority
write-status property-list serial-number blink-warn-enable default-fade-time default-ramp-rate
default-step-increment egress-time in-progress instantaneous-power lighting-command
lighting-command-default-priority max-actual-value min-actual-value power transition egress-active
interface-value fault-high-limit fault-low-limit low-diff-limit strike-count time-of-strike-count-reset
default-timeout initial-timeout last-state-change state-change-values timer-running timer-state apdu-length
ip-address ip-default-gateway ip-dhcp-enable ip-dhcp-lease-time ip-dhcp-lease-time-remaining ip-dhcp-server
ip-dns-server bacnet-ip-global-address bacnet-ip-mode bacnet-ip-multicast-address bacnet-ip-nat-traversal
ip-subnet-mask bacnet-ip-udp-port bbmd-accept-fd-registrations bbmd-broadcast-distribution-table
bbmd-foreign-device-table changes-pending command fd-bbmd-address fd-subscription-lifetime link-speed
link-speeds link-speed-autonegotiate mac-address network-interface-name network-number network-number-quality
network-type routing-table virtual-mac-address-table command-time-array current-command-priority
last-command-time value-source value-source-array bacnet-ipv6-mode ipv6-address ipv6-prefix-length
bacnet-ipv6-udp-port ipv6-default-gateway bacnet-ipv6-multicast-address ipv6-dns-server
ipv6-auto-addressing-enable ipv6-dhcp-lease-time ipv6-dhcp-lease-time-remaining ipv6-dhcp-server ipv6-zone-index
assigned-landing-calls car-assigned-direction car-door-command car-door-status car-door-text car-door-zone
car-drive-status car-load car-load-units car-mode car-moving-direction car-position elevator-group energy-meter
energy-meter-ref escalator-mode fault-signals floor-text group-id`,
  ],
  [
    467,
    `group-mode higher-deck installation-id landing-calls landing-call-control landing-door-status lower-deck
machine-room-id making-car-call next-stopping-floor operation-direction passenger-alarm power-mode
registered-car-call active-cov-multiple-subscriptions protocol-level reference-port deployed-profile-location
profile-location tags subordinate-node-types subordinate-tags subordinate-relationship
default-subordinate-relationship represents default-present-value present-stage stages stage-names
target-references audit-source-reporter audit-level audit-notification-recipient audit-priority-filter
auditable-operations delete-on-forward maximum-send-delay monitored-objects send-now floor-number device-uuid
additional-reference-ports certificate-signing-request-file command-validation-result issuer-certificate-files`,
  ],
  [
    4194304,
    `max-bvlc-length-accepted max-npdu-length-accepted operational-certificate-file current-health
sc-connect-wait-timeout sc-direct-connect-accept-enable sc-direct-connect-accept-uris sc-direct-connect-binding
sc-direct-connect-connection-status sc-direct-connect-initiate-enable sc-disconnect-wait-timeout
sc-failed-connection-requests sc-failover-hub-connection-status sc-failover-hub-uri sc-hub-connector-state
sc-hub-function-accept-uris sc-hub-function-binding sc-hub-function-connection-status sc-hub-function-enable
sc-heartbeat-timeout sc-primary-hub-connection-status sc-primary-hub-uri sc-maximum-reconnect-time
sc-minimum-reconnect-time color-override color-reference default-color default-color-temperature
override-color-reference`,
  ],
  [4194334, 'color-command high-end-trim low-end-trim trim-fade-time'],
])

/** Numbers that the standard names not, as texts: a vendor's, or anybody's who makes them up. */
const kept = new Map<number, string>()
const keptLimit = 1024

/** The name of a number, or the number itself as a text. */
export const nameOf = (names: ReadonlyMap<number, string>, number: number): string => {
  const known = names.get(number) ?? kept.get(number)
  if (known !== undefined) return known
  const text = `${number}`
  if (kept.size >= keptLimit) kept.clear()
  kept.set(number, text)
  return text
}
