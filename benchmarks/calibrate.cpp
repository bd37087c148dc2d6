// SPDX-License-Identifier: MIT
// What do the parts of a matrix product take on this machine? Prints a specialisation of `cost_table_of` for each arch that runs here, to
// be pasted behind the include of pare/kernel/cost_table.hpp.
#include <algorithm>
#include <cstddef>
#include <cstdio>
#include <memory>
#include <string>
#include <type_traits>
#include <vector>

#include <unistd.h>

#include <pare/kernel/cost_table.hpp>
#include <pare/kernel/execution_time.hpp>
#include <pare/kernel/packed_choice.hpp>

#include "products.hpp"
#include "report.hpp"

namespace {

using dense = pare::weights<pare::int8, pare::per_channel>;
using int4 = pare::weights<pare::int4, pare::per_channel>;
using book = pare::weights<pare::int8, pare::per_channel, pare::dense, pare::codebook<16>>;
using int2 = pare::weights<pare::int2, pare::per_channel>;
using sparse = pare::weights<pare::int8, pare::per_channel, pare::unstructured<>>;
using sparse_book = pare::weights<pare::int8, pare::per_channel, pare::unstructured<>, pare::codebook<16>>;
using two_of_four = pare::weights<pare::int8, pare::per_channel, pare::n_of_m<2, 4>>;
using shared = pare::weights<pare::int8, pare::per_channel, pare::blocks<64, 1>>;
template <class Arch>
using blocked = pare::weights<pare::int8, pare::per_channel, pare::natural_blocks<Arch>>;

/// Weights of these lie in a second-level cache, those of one row in the first; the rows are whole tiles of every form.
constexpr std::size_t outputs = 512, outputs_of_one = 64, depth = 512, depth_of_one = 384, rows = 84;

/// A product, with what the model counts of it.
template <class Arch, class Format, pare::form Form, std::size_t M, std::size_t N, std::size_t K>
struct product {
    bench::own_gemm<Arch, pare::rounding::fp32, M, N, K, Format, Form> own;
    using execution = typename decltype(own)::execution;
    static constexpr execution x{};
    static constexpr double tiles = double(pare::ceil_div(M, execution::max_rows)), registers = double(pare::ceil_div(N, execution::lanes));
    static constexpr double panels = double(x.panels());
    double steps = registers * double(x.steps());

    explicit product(int absent) : own(bench::work_of<Format>({.height = M, .width = 1, .channels = K, .outputs = N}, absent)) {
        if constexpr (execution::is_sparse) steps = double(pare::detail::sparse_steps(own.packed));
        else steps = pare::predicted_steps(x, 1);
    }
    bench::contestant timed() {
        return {"own", [this] { own.run(); }};
    }
};

/// What the steps of a form take: a straight line through two products of one row, and one through two of many rows. Those of forms of all
/// weights differ in depth, the others in density.
template <class Arch, class Format, pare::form Form>
pare::form_times times_of(const pare::cost_table& c) {
    constexpr bool is_sparse = Form == pare::form::gathered || Form == pare::form::skipped || Form == pare::form::picked;
    // Not so shallow that codes of one row would not be multiplied where they lie.
    constexpr std::size_t shallow = is_sparse ? depth : depth / 2, shallow_of_one = is_sparse ? depth_of_one : depth_of_one / 2;
    product<Arch, Format, Form, 1, outputs_of_one, shallow_of_one> one_few(90);
    product<Arch, Format, Form, 1, outputs_of_one, depth_of_one> one_many(60);
    product<Arch, Format, Form, rows, outputs, shallow> all_few(90);
    product<Arch, Format, Form, rows, outputs, depth> all_many(60);
    const std::vector<double> ns = bench::take_turns({one_few.timed(), one_many.timed(), all_few.timed(), all_many.timed()}, 25, 1e6);
    pare::form_times f;
    const double tiles = all_few.tiles, further = double(rows) - tiles;
    f.first = (ns[1] - ns[0]) / (one_many.steps - one_few.steps);
    f.next = ((ns[3] - ns[2]) / (all_many.steps - all_few.steps) - tiles * f.first) / further;
    // What a register of outputs takes beside its steps and its part of a panel: of one row, and of all.
    const double of_one = (ns[0] - c.product - one_few.panels * c.begin - one_few.steps * f.first) / one_few.registers;
    const double of_all =
        (ns[2] - c.product - tiles * all_few.panels * c.begin - all_few.steps * (tiles * f.first + further * f.next)) / all_few.registers;
    f.begin = std::max(0.0, (of_one * double(rows) - of_all) / further);
    f.output = std::max(0.0, (of_all - tiles * f.begin) / double(rows));
    return f;
}

/// What a product takes that has hardly a step, and each of its panels.
template <class Arch>
void begin(pare::cost_table& c) {
    product<Arch, dense, pare::form::expanded, 1, outputs_of_one, 4> one(0);
    product<Arch, dense, pare::form::expanded, 1, outputs, 4> many(0);
    const std::vector<double> ns = bench::take_turns({one.timed(), many.timed()}, 25, 1e6);
    c.begin = std::max(0.0, (ns[1] - ns[0]) / (many.panels - one.panels));
    c.product = std::max(0.0, ns[0] - one.panels * c.begin);
}

/// Bytes a nanosecond that a product of one row reads, of weights that take so many.
template <class Arch, std::size_t N, std::size_t K>
double bandwidth() {
    product<Arch, dense, pare::form::expanded, 1, N, K> far(0);
    return double(N * K) / bench::take_turns({far.timed()}, 9, 1e6)[0];
}

double cache_size(int level, double otherwise) {
#if defined(_SC_LEVEL2_CACHE_SIZE)
    const long size = sysconf(level == 1 ? _SC_LEVEL1_DCACHE_SIZE : level == 2 ? _SC_LEVEL2_CACHE_SIZE : _SC_LEVEL3_CACHE_SIZE);
    if (size > 0) return double(size);
#endif
    return otherwise;
}

void print(const char* name, const pare::form_times& f) {
    std::printf("    .%s = {%.3f, %.3f, %.2f, %.2f},\n", name, f.first, f.next, f.output, f.begin);
}

/// The form that the type selects, else the one in which all weights are operands.
template <class Arch, class Format>
constexpr pare::form direct = pare::selected_form<Format, pare::problem<std::int8_t, outputs, depth>, Arch>;
/// The same for one row.
template <class Arch, class Format>
constexpr pare::form direct_of_one = pare::selected_form<Format, pare::product_problem<std::int8_t, outputs, depth, 1>, Arch>;

template <class Arch>
void calibrate() {
    if (!pare::arch::available<Arch>()) return;
    using pare::form;
    pare::cost_table c;
    begin<Arch>(c);
    c.expanded = times_of<Arch, dense, form::expanded>(c);
    c.narrow = times_of<Arch, int4, form::expanded>(c);
    c.coded4 = times_of<Arch, int4, direct<Arch, int4>>(c);
    c.shared4 = times_of<Arch, book, direct<Arch, book>>(c);
    c.coded2 = times_of<Arch, int2, direct<Arch, int2>>(c);
    c.gathered = times_of<Arch, sparse, direct<Arch, sparse>>(c);
    c.gathered_codes = times_of<Arch, sparse_book, direct<Arch, sparse_book>>(c);
    c.skipped = times_of<Arch, blocked<Arch>, direct<Arch, blocked<Arch>>>(c);
    c.structured = times_of<Arch, two_of_four, direct_of_one<Arch, two_of_four>>(c);
    c.picked = times_of<Arch, shared, direct<Arch, shared>>(c);
    c.nearest_bytes = cache_size(1, 1 << 15);
    c.near_bytes_per_ns = bandwidth<Arch, 512, 512>();
    c.near_bytes = cache_size(2, 1 << 20);
    c.far_bytes = cache_size(3, 1 << 24);
    c.far_bytes_per_ns = bandwidth<Arch, 4096, 4096>();
    // Memory is out of reach where a cache has more than a product here.
    c.memory_bytes_per_ns = c.far_bytes > 1 << 26 ? c.far_bytes_per_ns : bench::read_bandwidth(std::size_t(4 * c.far_bytes));
    std::printf("template <>\ninline constexpr cost_table cost_table_of<arch::%s> = {\n", std::string(Arch::name).c_str());
    print("expanded", c.expanded), print("narrow", c.narrow), print("coded4", c.coded4), print("shared4", c.shared4);
    print("coded2", c.coded2), print("gathered", c.gathered);
    print("gathered_codes", c.gathered_codes), print("skipped", c.skipped);
    print("structured", c.structured), print("picked", c.picked);
    std::printf(
        "    .product = %.1f,\n    .begin = %.1f,\n    .nearest_bytes = %.0f,\n    .near_bytes_per_ns = %.1f,\n"
        "    .near_bytes = %.0f,\n    .far_bytes_per_ns = %.1f,\n    .far_bytes = %.0f,\n    .memory_bytes_per_ns = %.1f};\n",
        c.product, c.begin, c.nearest_bytes, c.near_bytes_per_ns, c.near_bytes, c.far_bytes_per_ns, c.far_bytes, c.memory_bytes_per_ns);
    std::fflush(stdout);
}

/// Those that this program is compiled for.
template <class... Archs>
void calibrate_compiled() {
    const auto one = []<class Arch>(std::type_identity<Arch>) {
        if constexpr (pare::arch::compiled_for<Arch>) calibrate<Arch>();
    };
    (one(std::type_identity<Archs>{}), ...);
}

}  // namespace

int main() {
    using namespace pare::arch;
    std::printf("// calibrate, %s, peak %.0f GOP/s\n", bench::compiler.c_str(), bench::peak_int8<native>());
    calibrate_compiled<zen4, avx512_vnni, avx512, avx_vnni, avx2, sse4_1, neon_i8mm, neon_dotprod, neon>();
}
