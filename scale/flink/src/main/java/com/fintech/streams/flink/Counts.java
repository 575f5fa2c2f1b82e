package com.fintech.streams.flink;

import java.io.IOException;
import java.util.HashMap;
import java.util.Map;
import org.apache.flink.api.common.typeutils.SimpleTypeSerializerSnapshot;
import org.apache.flink.api.common.typeutils.TypeSerializerSnapshot;
import org.apache.flink.api.common.typeutils.base.TypeSerializerSingleton;
import org.apache.flink.core.memory.DataInputView;
import org.apache.flink.core.memory.DataOutputView;

/** Numbers by name: an accumulator that the hashmap backend keeps as the object it is. */
public final class Counts {
    final HashMap<String, Long> byName;

    Counts() {
        this(new HashMap<>(4));
    }

    private Counts(HashMap<String, Long> byName) {
        this.byName = byName;
    }

    void add(String name, long amount) {
        byName.merge(name, amount, Long::sum);
    }

    /** Few bytes, for the network, checkpoints and RocksDB. */
    public static final class Serializer extends TypeSerializerSingleton<Counts> {
        private static final long serialVersionUID = 1L;
        private static final Serializer INSTANCE = new Serializer();

        @Override
        public void serialize(Counts counts, DataOutputView out) throws IOException {
            out.writeInt(counts.byName.size());
            for (Map.Entry<String, Long> entry : counts.byName.entrySet()) {
                out.writeUTF(entry.getKey());
                out.writeLong(entry.getValue());
            }
        }

        @Override
        public Counts deserialize(DataInputView in) throws IOException {
            Counts counts = new Counts();
            for (int left = in.readInt(); left > 0; left--) counts.byName.put(in.readUTF(), in.readLong());
            return counts;
        }

        @Override
        public Counts deserialize(Counts reuse, DataInputView in) throws IOException {
            return deserialize(in);
        }

        @Override
        public void copy(DataInputView in, DataOutputView out) throws IOException {
            serialize(deserialize(in), out);
        }

        @Override
        public Counts copy(Counts from) {
            return new Counts(new HashMap<>(from.byName));
        }

        @Override
        public Counts copy(Counts from, Counts reuse) {
            return copy(from);
        }

        @Override
        public Counts createInstance() {
            return new Counts();
        }

        @Override
        public boolean isImmutableType() {
            return false;
        }

        @Override
        public int getLength() {
            return -1;
        }

        @Override
        public TypeSerializerSnapshot<Counts> snapshotConfiguration() {
            return new Snapshot();
        }
    }

    /** The format has one version. */
    public static final class Snapshot extends SimpleTypeSerializerSnapshot<Counts> {
        public Snapshot() {
            super(() -> Serializer.INSTANCE);
        }
    }
}
