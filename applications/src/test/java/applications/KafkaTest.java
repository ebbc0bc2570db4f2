// SPDX-License-Identifier: Apache-2.0
package applications;

import kafka.server.KafkaConfig;
import kafka.server.KafkaRaftServer;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.utils.Time;
import org.apache.kafka.metadata.storage.Formatter;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.io.TempDir;

import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.concurrent.TimeUnit;


/** One node that is the broker and its controller. The two have a listener each. */
@DisplayName("Kafka: broker, producer and consumer")
class KafkaTest extends Application {
    private static final String TOPIC = "echo";
    private static final int LARGEST = LARGE + (1 << 20);

    @TempDir
    private Path folder;

    @Override
    Running start() throws Exception {
        String controller = HOST_IN_URL + ":" + freePort();
        String broker = HOST_IN_URL + ":" + freePort();
        format();
        KafkaRaftServer server = new KafkaRaftServer(KafkaConfig.fromProps(settings(controller, broker)), Time.SYSTEM);
        server.startup();
        try (Admin admin = Admin.create(Map.of("bootstrap.servers", broker))) {
            NewTopic topic = new NewTopic(TOPIC, 1, (short) 1);
            admin.createTopics(List.of(topic)).all().get(PATIENCE_SECONDS, TimeUnit.SECONDS);
        }
        return new Running() {
            @Override
            public Client connect() {
                return new ProducerAndConsumer(broker);
            }

            @Override
            public void close() {
                server.shutdown();
                server.awaitShutdown();
            }
        };
    }

    private void format() throws Exception {
        new Formatter().setNodeId(1).setClusterId("applications").setControllerListenerName("CONTROLLER")
            .addDirectory(folder.toString()).setMetadataLogDirectory(folder.toString())
            .setPrintStream(new PrintStream(OutputStream.nullOutputStream())).run();
    }

    private Properties settings(String controller, String broker) {
        Properties settings = new Properties();
        settings.putAll(Map.of(
            "process.roles", "broker,controller",
            "node.id", "1",
            "controller.quorum.voters", "1@" + controller,
            "controller.listener.names", "CONTROLLER",
            "listeners", "CONTROLLER://" + controller + ",PLAINTEXT://" + broker,
            "log.dirs", folder.toString(),
            "message.max.bytes", String.valueOf(LARGEST)));
        return settings;
    }

    /** What the producer sends, the consumer reads at the offset that the broker has given it. */
    private static final class ProducerAndConsumer implements Client {
        private final KafkaProducer<byte[], byte[]> producer;
        private final KafkaConsumer<byte[], byte[]> consumer;

        ProducerAndConsumer(String broker) {
            producer = new KafkaProducer<>(Map.of("bootstrap.servers", broker, "max.request.size", LARGEST),
                new ByteArraySerializer(), new ByteArraySerializer());
            consumer = new KafkaConsumer<>(Map.of("bootstrap.servers", broker, "enable.auto.commit", false),
                new ByteArrayDeserializer(), new ByteArrayDeserializer());
        }

        @Override
        public byte[] echo(byte[] message) throws Exception {
            RecordMetadata sent = producer.send(new ProducerRecord<>(TOPIC, message))
                .get(PATIENCE_SECONDS, TimeUnit.SECONDS);
            TopicPartition partition = new TopicPartition(sent.topic(), sent.partition());
            consumer.assign(List.of(partition));
            consumer.seek(partition, sent.offset());
            ConsumerRecords<byte[], byte[]> received = consumer.poll(Duration.ofSeconds(PATIENCE_SECONDS));
            return received.iterator().next().value();
        }

        @Override
        public void close() {
            producer.close();
            consumer.close();
        }
    }
}
