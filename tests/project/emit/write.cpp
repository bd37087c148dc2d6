// SPDX-License-Identifier: MIT
// write FOLDER: emits each model with random parameters, for the scalar arch, for the best of this machine and for boards.
#include <pare/io/emit.hpp>

#include <filesystem>
#include <string>

#include "models.hpp"
#include "support/random_parameters.hpp"

namespace {

template <class Model>
void write(const std::filesystem::path& folder, const std::string& name) {
    const auto p = support::random_parameters<Model>(7);
    const pare::io::emit_options options{.model = "models::" + name, .include = "models.hpp"};
    pare::io::emit(p, folder / (name + "_scalar.hpp"), pare::arch::scalar{}, options);
    pare::io::emit(p, folder / (name + "_native.hpp"), pare::arch::native{}, options);
    // For boards under the same names, so that one source reads any of them.
    const auto emit_for = [&](auto arch) {
        const std::filesystem::path of_arch = folder / std::string(decltype(arch)::name);
        std::filesystem::create_directories(of_arch);
        pare::io::emit(p, of_arch / (name + "_scalar.hpp"), arch, options);
    };
    emit_for(pare::arch::helium{});
    emit_for(pare::arch::cortex_m_dsp{});
}

}  // namespace

int main(int argc, char** argv) {
    const std::filesystem::path folder = argc > 1 ? argv[1] : ".";
    write<models::mixed>(folder, "mixed");
    write<models::fixed_point>(folder, "fixed_point");
    write<models::real>(folder, "real");
    write<models::wide>(folder, "wide");

    const auto p = support::random_parameters<models::wide>(7);
    pare::io::emit(p, folder / "in_section.hpp", pare::arch::scalar{},
                   {.model = "models::wide", .include = "<models.hpp>", .name = "my::firmware", .arch = "small", .section = ".weights"});
}
