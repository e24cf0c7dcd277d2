import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.cloudevents.CloudEvent;
import io.cloudevents.kafka.CloudEventDeserializer;
import java.io.FileOutputStream;
import java.io.FileDescriptor;
import java.io.PrintStream;
import java.io.Reader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.format.DateTimeFormatter;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.internals.BuiltInPartitioner;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.RecordDeserializationException;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.serialization.StringDeserializer;

/**
 * A topic as a Java consumer with the CloudEvents SDK sees it: what is committed, from the first offset to the last of
 * every partition, one JSON line a record. What the SDK cannot read is a line with an `error`.
 *
 * ReadTopic BOOTSTRAP TOPIC [PROPERTIES]        reads; further consumer settings in a properties file
 * ReadTopic --partition-of PARTITIONS KEY...    the partition that the default partitioner gives to each key
 */
public final class ReadTopic {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final PrintStream OUT =
            new PrintStream(new FileOutputStream(FileDescriptor.out), false, StandardCharsets.UTF_8);
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    public static void main(String[] arguments) throws Exception {
        if (arguments[0].equals("--partition-of")) {
            int partitions = Integer.parseInt(arguments[1]);
            for (String key : List.of(arguments).subList(2, arguments.length)) {
                byte[] bytes = key.getBytes(StandardCharsets.UTF_8);
                ObjectNode line = JSON.createObjectNode().put("key", key);
                OUT.println(line.put("partition", BuiltInPartitioner.partitionForKey(bytes, partitions)));
            }
        } else {
            Properties settings = new Properties();
            if (arguments.length > 2) {
                try (Reader file = Files.newBufferedReader(Path.of(arguments[2]))) {
                    settings.load(file);
                }
            }
            settings.put(ConsumerConfig.BOOTSTRAP_SERVERS_CONFIG, arguments[0]);
            settings.put(ConsumerConfig.ISOLATION_LEVEL_CONFIG, "read_committed");
            settings.put(ConsumerConfig.AUTO_OFFSET_RESET_CONFIG, "earliest");
            settings.put(ConsumerConfig.ENABLE_AUTO_COMMIT_CONFIG, "false");
            settings.put(ConsumerConfig.KEY_DESERIALIZER_CLASS_CONFIG, StringDeserializer.class);
            settings.put(ConsumerConfig.VALUE_DESERIALIZER_CLASS_CONFIG, CloudEventDeserializer.class);
            try (KafkaConsumer<String, CloudEvent> consumer = new KafkaConsumer<>(settings)) {
                read(consumer, arguments[1]);
            }
        }
        OUT.flush();
    }

    private static void read(KafkaConsumer<String, CloudEvent> consumer, String topic) {
        List<TopicPartition> partitions = consumer.partitionsFor(topic).stream()
                .map(found -> new TopicPartition(found.topic(), found.partition()))
                .toList();
        consumer.assign(partitions);
        Map<TopicPartition, Long> ends = consumer.endOffsets(partitions);
        consumer.seekToBeginning(partitions);
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        while (partitions.stream().anyMatch(partition -> consumer.position(partition) < ends.get(partition))) {
            try {
                for (ConsumerRecord<String, CloudEvent> record : consumer.poll(Duration.ofMillis(500))) {
                    if (record.offset() < ends.get(new TopicPartition(topic, record.partition()))) {
                        OUT.println(line(record));
                    }
                    deadline = System.nanoTime() + PATIENCE.toNanos();
                }
            } catch (RecordDeserializationException unreadable) {
                TopicPartition partition = unreadable.topicPartition();
                ObjectNode line = place(partition.partition(), unreadable.offset());
                OUT.println(line.put("error", String.valueOf(unreadable.getCause())));
                consumer.seek(partition, unreadable.offset() + 1);
            }
            if (System.nanoTime() > deadline) {
                throw new IllegalStateException("no record came for " + PATIENCE);
            }
        }
    }

    private static ObjectNode place(int partition, long offset) {
        return JSON.createObjectNode().put("partition", partition).put("offset", offset);
    }

    private static ObjectNode line(ConsumerRecord<String, CloudEvent> record) {
        ObjectNode line = place(record.partition(), record.offset()).put("key", record.key());
        CloudEvent event = record.value();
        line.put("specversion", event.getSpecVersion().toString());
        line.put("id", event.getId());
        line.put("source", event.getSource().toString());
        line.put("type", event.getType());
        line.put("time", event.getTime() == null ? null : DateTimeFormatter.ISO_OFFSET_DATE_TIME.format(event.getTime()));
        line.put("subject", event.getSubject());
        line.put("datacontenttype", event.getDataContentType());
        line.put("dataschema", event.getDataSchema() == null ? null : event.getDataSchema().toString());
        ObjectNode extensions = line.putObject("extensions");
        for (String name : event.getExtensionNames()) {
            extensions.putPOJO(name, event.getExtension(name));
        }
        ObjectNode headers = line.putObject("headers");
        for (Header header : record.headers()) {
            if (header.key().startsWith("rapport_") && header.value() != null) {
                headers.put(header.key(), new String(header.value(), StandardCharsets.UTF_8));
            }
        }
        line.put("data", event.getData() == null ? null : data(event));
        return line;
    }

    private static String data(CloudEvent event) {
        byte[] bytes = event.getData().toBytes();
        boolean isJson = event.getDataContentType() != null && event.getDataContentType().contains("json");
        return isJson ? new String(bytes, StandardCharsets.UTF_8) : Base64.getEncoder().encodeToString(bytes);
    }
}
