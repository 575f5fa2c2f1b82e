package com.fintech.streams.flink;

import java.io.IOException;
import java.util.List;
import org.apache.flink.api.common.typeutils.SimpleTypeSerializerSnapshot;
import org.apache.flink.api.common.typeutils.TypeSerializerSnapshot;
import org.apache.flink.api.common.typeutils.base.TypeSerializerSingleton;
import org.apache.flink.core.memory.DataInputView;
import org.apache.flink.core.memory.DataOutputView;

/** A pattern in few bytes, for checkpoints and RocksDB. */
public final class CustomerPatternSerializer extends TypeSerializerSingleton<CustomerPattern> {
    private static final long serialVersionUID = 1L;
    static final CustomerPatternSerializer INSTANCE = new CustomerPatternSerializer();

    @Override
    public void serialize(CustomerPattern pattern, DataOutputView out) throws IOException {
        out.writeLong(pattern.count);
        out.writeLong(pattern.sum);
        out.writeLong(pattern.squares);
        out.writeLong(pattern.firstMs);
        out.writeLong(pattern.lastMs);
        out.writeShort(pattern.minutes.length);
        for (int at = 0; at < pattern.minutes.length; at += 2) {
            out.writeInt((int) pattern.minutes[at]);
            out.writeInt((int) pattern.minutes[at + 1]);
        }
        int used = 0;
        for (int hour = 0; hour < 24; hour++) if (pattern.hours[hour] > 0) used |= 1 << hour;
        out.writeInt(used);
        for (int hour = 0; hour < 24; hour++) if (pattern.hours[hour] > 0) out.writeInt(pattern.hours[hour]);
        write(pattern.countries, out);
        write(pattern.categories, out);
    }

    @Override
    public CustomerPattern deserialize(DataInputView in) throws IOException {
        CustomerPattern pattern = new CustomerPattern();
        pattern.count = in.readLong();
        pattern.sum = in.readLong();
        pattern.squares = in.readLong();
        pattern.firstMs = in.readLong();
        pattern.lastMs = in.readLong();
        pattern.minutes = new long[in.readShort()];
        for (int at = 0; at < pattern.minutes.length; at++) pattern.minutes[at] = in.readInt();
        int used = in.readInt();
        for (int hour = 0; hour < 24; hour++) if ((used & 1 << hour) != 0) pattern.hours[hour] = in.readInt();
        read(pattern.countries, in);
        read(pattern.categories, in);
        return pattern;
    }

    private static void write(List<String> texts, DataOutputView out) throws IOException {
        out.writeShort(texts.size());
        for (String text : texts) out.writeUTF(text);
    }

    private static void read(List<String> texts, DataInputView in) throws IOException {
        for (int left = in.readShort(); left > 0; left--) texts.add(in.readUTF());
    }

    @Override
    public CustomerPattern deserialize(CustomerPattern reuse, DataInputView in) throws IOException {
        return deserialize(in);
    }

    @Override
    public void copy(DataInputView in, DataOutputView out) throws IOException {
        serialize(deserialize(in), out);
    }

    @Override
    public CustomerPattern copy(CustomerPattern from) {
        return from.copy();
    }

    @Override
    public CustomerPattern copy(CustomerPattern from, CustomerPattern reuse) {
        return from.copy();
    }

    @Override
    public CustomerPattern createInstance() {
        return new CustomerPattern();
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
    public TypeSerializerSnapshot<CustomerPattern> snapshotConfiguration() {
        return new Snapshot();
    }

    /** The format has one version. */
    public static final class Snapshot extends SimpleTypeSerializerSnapshot<CustomerPattern> {
        public Snapshot() {
            super(() -> INSTANCE);
        }
    }
}
