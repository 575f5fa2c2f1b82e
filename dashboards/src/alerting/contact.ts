/** Who hears of alerts. Which way and where is up to the environment, so the file names variables. */
const NAME = 'operators'

/** Both ways' settings stand side by side: each takes its own. */
export const contactPoints = (): object => ({
  apiVersion: 1,
  contactPoints: [
    {
      orgId: 1,
      name: NAME,
      receivers: [
        {
          uid: NAME,
          type: '$ALERT_CONTACT_TYPE',
          settings: { addresses: '$ALERT_EMAIL_ADDRESSES', singleEmail: true, url: '$ALERT_WEBHOOK_URL' },
        },
      ],
    },
  ],
})

/** Everything goes to them, what belongs together in one message. */
export const notificationPolicies = (): object => ({
  apiVersion: 1,
  policies: [
    {
      orgId: 1,
      receiver: NAME,
      // An alert of Prometheus has its name in `alert`.
      group_by: ['grafana_folder', 'alertname', 'alert'],
      group_wait: '30s',
      group_interval: '5m',
      repeat_interval: '4h',
    },
  ],
})
