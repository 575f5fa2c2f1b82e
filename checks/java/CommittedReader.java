import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.BufferedReader;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.IsolationLevel;
import org.apache.kafka.common.PartitionInfo;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.header.Header;

/**
 * Reads committed records with Kafka's own client, for the verifier. It answers one request a line on standard input,
 * in binary on standard output, so that any bytes in keys and values come through as they are:
 *
 * <pre>
 *   set NAME VALUE                     a property of the client; nothing is answered; before all other requests
 *   count TOPIC                        N partitions, -1 for a topic that does not exist
 *   read TOPIC PARTITION WAIT_MS FROM  R* then E; records from offset FROM on
 *
 *   R offset timestamp key value n     a record; key and value are a length, -1 for none, and the bytes; then n headers,
 *                                      a name and a value each
 *   E beginning withheld               the end: the first offset there is, and how many offsets before the partition's
 *                                      end lie behind a transaction that was still open WAIT_MS later
 *   N partitions
 *   X message                          instead of an answer
 * </pre>
 *
 * A partition is read up to where it ends when the request comes.
 */
public final class CommittedReader {
  private static final Duration POLL = Duration.ofMillis(500);
  private static final int RETRY_MS = 50;
  private static final int REQUEST_TIMEOUT_MS = 15_000;

  private final Properties settings = new Properties();
  private final DataOutputStream out = new DataOutputStream(new BufferedOutputStream(System.out, 1 << 16));

  private CommittedReader() {
    settings.put("key.deserializer", "org.apache.kafka.common.serialization.ByteArrayDeserializer");
    settings.put("value.deserializer", "org.apache.kafka.common.serialization.ByteArrayDeserializer");
    settings.put("enable.auto.commit", "false");
    settings.put("auto.offset.reset", "none");
    settings.put("allow.auto.create.topics", "false");
    settings.put("max.partition.fetch.bytes", 4 << 20);
    settings.put("max.poll.records", 5_000);
    // At a partition's end the client asks once more, and asks the broker for no other partition until that is answered.
    settings.put("fetch.max.wait.ms", 10);
    settings.put("default.api.timeout.ms", REQUEST_TIMEOUT_MS);
  }

  public static void main(String[] args) throws IOException {
    new CommittedReader().serve();
  }

  private void serve() throws IOException {
    BufferedReader requests =
        new BufferedReader(new InputStreamReader(new BufferedInputStream(System.in), StandardCharsets.UTF_8));
    String line = requests.readLine();
    for (; line != null && line.startsWith("set "); line = requests.readLine()) {
      String[] words = line.split(" ", 3);
      settings.put(words[1], words[2]);
    }
    if (line == null) return;
    try (KafkaConsumer<byte[], byte[]> committed = consumer(IsolationLevel.READ_COMMITTED);
        KafkaConsumer<byte[], byte[]> all = consumer(IsolationLevel.READ_UNCOMMITTED)) {
      for (; line != null; line = requests.readLine()) {
        String[] words = line.split(" ");
        try {
          if (words[0].equals("count")) count(committed, words[1]);
          else {
            TopicPartition partition = new TopicPartition(words[1], Integer.parseInt(words[2]));
            read(committed, all, partition, Long.parseLong(words[3]), Long.parseLong(words[4]));
          }
        } catch (RuntimeException e) {
          out.writeByte('X');
          writeBytes(String.valueOf(e).getBytes(StandardCharsets.UTF_8));
        }
        out.flush();
      }
    }
  }

  private KafkaConsumer<byte[], byte[]> consumer(IsolationLevel isolation) {
    Properties own = new Properties();
    own.putAll(settings);
    own.put("isolation.level", isolation.toString());
    return new KafkaConsumer<>(own);
  }

  private void count(KafkaConsumer<byte[], byte[]> consumer, String topic) throws IOException {
    Map<String, List<PartitionInfo>> topics = consumer.listTopics();
    out.writeByte('N');
    out.writeInt(topics.containsKey(topic) ? topics.get(topic).size() : -1);
  }

  private void read(
      KafkaConsumer<byte[], byte[]> committed,
      KafkaConsumer<byte[], byte[]> all,
      TopicPartition from,
      long waitMs,
      long firstOffset)
      throws IOException {
    long beginning = all.beginningOffsets(List.of(from)).get(from);
    long end = all.endOffsets(List.of(from)).get(from);
    committed.assign(List.of(from));
    committed.seek(from, Math.max(beginning, firstOffset));
    long stable = stableEnd(committed, from, end, System.currentTimeMillis() + waitMs);
    while (committed.position(from) < stable) {
      for (ConsumerRecord<byte[], byte[]> record : committed.poll(POLL).records(from)) {
        if (record.offset() < stable) write(record);
      }
    }
    out.writeByte('E');
    out.writeLong(beginning);
    out.writeLong(end - stable);
  }

  /** Where committed data ends, at most `end`; waits for transactions that are open before it until the deadline. */
  private static long stableEnd(KafkaConsumer<?, ?> committed, TopicPartition of, long end, long deadlineMs) {
    for (;;) {
      long stable = committed.endOffsets(List.of(of)).get(of);
      if (stable >= end || System.currentTimeMillis() >= deadlineMs) return Math.min(stable, end);
      try {
        Thread.sleep(RETRY_MS);
      } catch (InterruptedException e) {
        throw new IllegalStateException(e);
      }
    }
  }

  private void write(ConsumerRecord<byte[], byte[]> record) throws IOException {
    out.writeByte('R');
    out.writeLong(record.offset());
    out.writeLong(record.timestamp());
    writeBytes(record.key());
    writeBytes(record.value());
    Header[] headers = record.headers().toArray();
    out.writeInt(headers.length);
    for (Header header : headers) {
      writeBytes(header.key().getBytes(StandardCharsets.UTF_8));
      writeBytes(header.value());
    }
  }

  private void writeBytes(byte[] bytes) throws IOException {
    out.writeInt(bytes == null ? -1 : bytes.length);
    if (bytes != null) out.write(bytes);
  }
}
