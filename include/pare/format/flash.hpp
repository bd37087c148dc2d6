// SPDX-License-Identifier: MIT
// Storage in a program's own constants, as an emitted header has them.
#pragma once

#include <cstddef>
#include <type_traits>

#include <pare/core/config.hpp>

namespace pare::inline v0 {

/// `count` constants of type T. Those of one byte are given as unsigned char, which a string literal can initialise: a compiler reads
/// 300 KB of that in the time in which it reads a few thousand numbers.
template <class T>
class flash_array {
public:
    using value_type = T;  ///< of an element
    /// What the constants are given as.
    using element = std::conditional_t<sizeof(T) == 1, unsigned char, T>;

    constexpr flash_array() = default;
    constexpr flash_array(const element* first, std::size_t count) : first_(first), size_(count) {}  ///< `count` constants from `first` on

    /// The first element.
    PARE_INLINE constexpr const T* data() const {
        if constexpr (sizeof(T) == 1) return reinterpret_cast<const T*>(first_);
        else return first_;
    }
    PARE_INLINE constexpr const T& operator[](std::size_t i) const { return data()[i]; }  ///< an element
    PARE_INLINE constexpr std::size_t size() const { return size_; }                      ///< how many there are

private:
    const element* first_ = nullptr;
    std::size_t size_ = 0;
};

/// Storage of packed models in constants. A model in it is a constant too, without initialisation at run time; it can be run, and
/// made by hand or by io::emit, not by `pack`.
struct flash {
    /// An array of constants.
    template <class T, std::size_t>
    using array = flash_array<T>;
};

}  // namespace pare::inline v0
